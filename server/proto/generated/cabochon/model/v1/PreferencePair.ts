// Original file: server/proto/reward_models.proto


export interface PreferencePair {
  'promptIds'?: (number)[];
  'chosenIds'?: (number)[];
  'rejectedIds'?: (number)[];
  'margin'?: (number | string);
  '_margin'?: "margin";
}

export interface PreferencePair__Output {
  'promptIds': (number)[];
  'chosenIds': (number)[];
  'rejectedIds': (number)[];
  'margin'?: (number);
}
