// Original file: server/proto/model_service.proto


export interface HealthRequest {
}

export interface HealthRequest__Output {
}
