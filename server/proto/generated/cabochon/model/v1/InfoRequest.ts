// Original file: server/proto/model_service.proto


export interface InfoRequest {
}

export interface InfoRequest__Output {
}
