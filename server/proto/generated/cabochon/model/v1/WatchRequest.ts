// Original file: server/proto/model_service.proto


export interface WatchRequest {
}

export interface WatchRequest__Output {
}
