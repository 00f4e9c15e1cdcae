// Original file: server/proto/sets.proto


export interface DropResponse {
}

export interface DropResponse__Output {
}
