import * as z from 'zod';

/** The zod that the schemas of `params` and `columns` are made with. A copy of the author's own does as well. */
export { z };

/** One completion to judge. `Row` holds the data row's columns that the reward declared. */
export interface Sample<Row = Readonly<Record<string, unknown>>> {
  readonly prompt: string;
  readonly completion: string;
  /** `length` when the completion was cut off by the token limit. */
  readonly finishReason: 'stop' | 'length';
  readonly row: Row;
}

/**
 * What became of judging one completion. Only `scored` and `policy_error` carry a number; the others never enter a
 * baseline or a loss.
 */
export type Outcome =
  /** Judged. `score` lies in the reward's range. */
  | { readonly outcome: 'scored'; readonly score: number; readonly reason?: string }
  /** Cannot be judged (a row without a usable answer, say). Teaches nothing. */
  | { readonly outcome: 'abstained'; readonly reason: string }
  /** The completion itself is at fault (does not parse, loops for ever). `score` is what that earns. */
  | { readonly outcome: 'policy_error'; readonly score: number; readonly reason: string }
  /** The machinery is at fault. Never a score. */
  | { readonly outcome: 'infra_error'; readonly reason: string }
  /** The reward did not answer within its `timeoutMs`. */
  | { readonly outcome: 'timeout'; readonly reason: string };

/** What `score` may give for a sample: a number or `{ score, reason }` is short for `scored`, null for `abstained`. */
export type Verdict = Outcome | { readonly score: number; readonly reason?: string } | number | null;

/** What can be added to a sample's line in the run's table of samples. */
export type LoggedColumns = Readonly<Record<string, string | number | boolean | null>>;

/** Reading and comparing answers, as the built-in reward `math` does. */
export interface MathTools {
  /** The final answer of a long text (`\boxed{…}`, "the answer is …", the last formula or number); null without one. */
  extractAnswer(text: string): string | null;
  /** Whether two answers mean the same. Begins with `equal`, `not_equal`, `gold_unparseable` or `pred_unparseable`. */
  compareAnswers(gold: string, given: string): string;
}

/** Scores of a reward model that the model server holds. */
export interface ModelTools {
  /**
   * @param model Name of the reward model on the model server.
   * @returns One score for each item, in order. Unit and scale are the model's.
   * @throws Error where no model server is at hand, as in `cabochon reward test`.
   */
  score(
    items: readonly { readonly prompt: string; readonly completion: string }[],
    options: { readonly model: string },
  ): Promise<readonly number[]>;
}

/** A program and how it is tested. Each case, and a suite as a whole, gets a fresh place to run in. */
export interface SandboxRequest {
  /** JavaScript or TypeScript. */
  readonly program: string;
  readonly tests:
    /** Assertions as code, `console.assert` or throwing ones. */
    | { readonly kind: 'suite'; readonly code: string }
    /** A function called with arguments. Results are compared outside of the program's reach. */
    | {
        readonly kind: 'calls';
        readonly entryPoint: string;
        readonly cases: readonly { readonly args: readonly unknown[]; readonly expected: unknown }[];
      }
    /** The program run with a text on its standard input; what it prints is compared. */
    | { readonly kind: 'io'; readonly cases: readonly { readonly input: string; readonly expected: string }[] };
  /** Of each test: milliseconds of CPU and by the clock, MiB of memory, characters of output. */
  readonly limits?: {
    readonly cpuMs?: number;
    readonly wallMs?: number;
    readonly memoryMb?: number;
    readonly outputChars?: number;
  };
}

/** One result for each test, in order; or why the sandbox could not judge, which says nothing about the program. */
export type SandboxVerdict =
  | {
      readonly outcome: 'judged';
      readonly tests: readonly {
        readonly name: string;
        readonly status:
          'passed' | 'failed' | 'syntax' | 'exception' | 'output' | 'timeout' | 'memory' | 'crashed' | 'skipped';
        /** Why, for people. Empty when passed. */
        readonly message: string;
        /** Assertions that held, and assertions there are. */
        readonly passed: number;
        readonly total: number;
      }[];
    }
  | { readonly outcome: 'infra_error'; readonly reason: string };

/** Runs programs that nobody has read: without files, network or host, and with limits. */
export interface SandboxTools {
  run(request: SandboxRequest): Promise<SandboxVerdict>;
}

export interface RewardContext {
  /** Aborted at the reward's timeout and when the run stops. What goes on beyond it is killed. */
  readonly signal: AbortSignal;
  /** Adds columns to the line of `sample` (one of those given) in the run's table of samples. */
  log(sample: Sample<unknown>, columns: LoggedColumns): void;
  readonly math: MathTools;
  readonly model: ModelTools;
  readonly sandbox: SandboxTools;
}

/** An example with the verdict it must get. `cabochon reward test` judges them all. */
export interface Fixture<Row = unknown> {
  readonly completion: string;
  /** Default: empty. */
  readonly prompt?: string;
  /** Default: `stop`. */
  readonly finishReason?: 'stop' | 'length';
  readonly row: Row;
  /** As in a recipe. Default: none. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Fixtures with the same text here are judged together, as the samples of one prompt. */
  readonly group?: string;
  /** A score, null for `abstained`, or the outcome's kind. */
  readonly expect: number | null | Outcome['outcome'];
}

/** What a reward author writes. */
export interface RewardDeclaration<Params = unknown, Row = unknown> {
  /** Small letters, digits and dashes. */
  readonly name: string;
  /** Raise it when the same completion may get another score. Recorded with each run. */
  readonly version: number;
  /** Strict schema of the options a config may give. */
  readonly params: z.ZodType<Params>;
  /** Strict schema of the columns it reads; checked against the data before any weights load. */
  readonly columns: z.ZodType<Row>;
  /** Lowest and highest score. */
  readonly range: readonly [number, number];
  /** For one call of `score`, in milliseconds. A call that takes longer is killed. */
  readonly timeoutMs: number;
  /**
   * `sample` (default): each completion for itself; calls hold any number of samples, and a sample's verdict must not
   * depend on the others. `group`: each call holds all the samples of one prompt, to be judged against each other.
   */
  readonly scope?: 'sample' | 'group';
  readonly fixtures?: readonly Fixture<Row>[];
  /** One verdict for each sample, in order. */
  score(
    samples: readonly Sample<Row>[],
    params: Params,
    context: RewardContext,
  ): readonly Verdict[] | Promise<readonly Verdict[]>;
}

/** A declared reward. Called directly, as in its tests, it takes a context with no more than a signal. */
export interface Reward<Params = unknown, Row = unknown> extends Omit<RewardDeclaration<Params, Row>, 'score'> {
  score(
    samples: readonly Sample<Row>[],
    params: Params,
    context: Pick<RewardContext, 'signal'> & Partial<RewardContext>,
  ): readonly Verdict[] | Promise<readonly Verdict[]>;
}

/**
 * Declares a reward. The types of `params` and `columns` flow into `score`.
 *
 *     export default defineReward({ name: 'brevity', version: 1, range: [0, 1], … });
 */
export function defineReward<Params, Row>(reward: RewardDeclaration<Params, Row>): Reward<Params, Row> {
  return {
    ...reward,
    score: (samples, params, context) => reward.score(samples, params, { ...outsideOfHost(reward.name), ...context }),
  };
}

/** What the context holds where a reward is called directly. */
function outsideOfHost(name: string): Omit<RewardContext, 'signal'> {
  const absent = (tool: string) => (): never => {
    throw new Error(`reward ${name}: ${tool} is there in runs and in cabochon reward test|run, not in a direct call`);
  };
  return {
    log: () => {},
    math: { extractAnswer: absent('math'), compareAnswers: absent('math') },
    model: { score: absent('model') },
    sandbox: { run: absent('sandbox') },
  };
}
