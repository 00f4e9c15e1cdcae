// Original file: server/proto/model_service.proto


export interface TeacherSequence {
  'id'?: (string);
  'promptIds'?: (number)[];
  'completionIds'?: (number)[];
}

export interface TeacherSequence__Output {
  'id': (string);
  'promptIds': (number)[];
  'completionIds': (number)[];
}
