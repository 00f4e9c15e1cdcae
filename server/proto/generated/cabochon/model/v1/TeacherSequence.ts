// Original file: server/proto/distillation.proto


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
