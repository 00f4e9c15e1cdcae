// Original file: server/proto/model_service.proto


export interface DropResponse {
}

export interface DropResponse__Output {
}
