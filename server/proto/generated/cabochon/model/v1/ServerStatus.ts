// Original file: server/proto/model_service.proto

export const ServerStatus = {
  SERVER_STATUS_UNSPECIFIED: 'SERVER_STATUS_UNSPECIFIED',
  /**
   * The core is not up yet; calls wait for it.
   */
  SERVER_STATUS_STARTING: 'SERVER_STATUS_STARTING',
  SERVER_STATUS_IDLE: 'SERVER_STATUS_IDLE',
  SERVER_STATUS_BUSY: 'SERVER_STATUS_BUSY',
} as const;

export type ServerStatus =
  | 'SERVER_STATUS_UNSPECIFIED'
  | 0
  /**
   * The core is not up yet; calls wait for it.
   */
  | 'SERVER_STATUS_STARTING'
  | 1
  | 'SERVER_STATUS_IDLE'
  | 2
  | 'SERVER_STATUS_BUSY'
  | 3

export type ServerStatus__Output = typeof ServerStatus[keyof typeof ServerStatus]
