import { checker } from './checker.ts';

export const punctuation = {
  'punctuation:no_comma': checker({}, (response) => !response.includes(',')),
};
