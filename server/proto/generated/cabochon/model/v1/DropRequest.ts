// Original file: server/proto/sets.proto


export interface DropRequest {
  'name'?: (string);
}

export interface DropRequest__Output {
  'name': (string);
}
