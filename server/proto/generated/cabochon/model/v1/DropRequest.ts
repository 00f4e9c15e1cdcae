// Original file: server/proto/model_service.proto


export interface DropRequest {
  'name'?: (string);
}

export interface DropRequest__Output {
  'name': (string);
}
