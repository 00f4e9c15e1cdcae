import type { Constant, Operator } from '../tree.ts';

/** Commands that say how something looks or what comes between, not what it is worth. */
export const IGNORED = new Set(
  (
    'left right mleft mright middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle ' +
    'scriptstyle limits nolimits quad qquad enspace thinspace , ; : > ! * / - nonumber notag hfill hline cline rm bf it sf ' +
    'tt normalsize small large Large ldots dots dotsc dotsb cdots vdots ddots cdotp strut mathstrut allowbreak break ' +
    'square blacksquare qed checkmark therefore because'
  ).split(' '),
);

/** Commands that carry an argument which is no part of the answer. */
export const IGNORED_WITH_ARGUMENT = new Set(
  'hspace vspace phantom hphantom vphantom label tag color pmod textcolor'.split(' '),
);

/** Commands around an argument that stays as it is. */
export const TRANSPARENT = new Set(
  'boxed fbox mathord mathbin mathrel mathopen mathclose ensuremath underline underbrace overbrace mathstrut cancel bm boldsymbol'.split(
    ' ',
  ),
);

/** Commands whose argument is words. */
export const TEXT = new Set(
  'text textbf textit textrm textsf texttt textnormal mbox hbox mathrm mathbf mathit mathsf mathtt'.split(' '),
);

/** Marks over letters: part of a variable's name. */
export const ACCENTS = new Map(
  Object.entries({
    bar: 'bar',
    overline: 'bar',
    vec: 'vec',
    overrightarrow: 'vec',
    hat: 'hat',
    widehat: 'hat',
    tilde: 'tilde',
    widetilde: 'tilde',
    dot: 'dot',
    ddot: 'ddot',
    overarc: 'arc',
    overset: 'over',
    mathcal: 'cal',
    mathfrak: 'frak',
    mathscr: 'scr',
    underset: 'under',
  }),
);

export const CONSTANTS = new Map<string, Constant>(
  Object.entries({
    pi: 'pi',
    infty: 'infinity',
    infinity: 'infinity',
    inf: 'infinity',
    imath: 'i',
    emptyset: 'empty',
    varnothing: 'empty',
    exponentialE: 'e',
    Reals: 'reals',
    R: 'reals',
    Z: 'integers',
    N: 'naturals',
    Q: 'rationals',
    C: 'complexes',
  } as const),
);

export const GREEK = new Set(
  (
    'alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron rho varrho sigma ' +
    'varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar ' +
    'partial nabla aleph star bullet triangle angle circledast prime'
  ).split(' '),
);

/** Functions of one argument, by every name that people write. */
export const FUNCTIONS = new Map<string, string>(
  [
    ...'sin cos tan cot sec csc sinh cosh tanh coth log ln lg exp sqrt cbrt abs sgn sign floor ceil gcd lcm max min det arg Re Im deg dim ker tr rank'.split(
      ' ',
    ),
  ].map((name): [string, string] => [name, name]),
);
for (const name of ['sin', 'cos', 'tan', 'cot', 'sec', 'csc', 'sinh', 'cosh', 'tanh']) {
  for (const inverse of ['arc', 'ar', 'a']) FUNCTIONS.set(inverse + name, `a${name}`);
}

export const RELATIONS = new Map<string, Operator>(
  Object.entries({
    '=': '=',
    '==': '=',
    '<': '<',
    '>': '>',
    '<=': '<=',
    '>=': '>=',
    '!=': '!=',
    '=<': '<=',
    '=>': '>=',
    lt: '<',
    gt: '>',
    le: '<=',
    leq: '<=',
    leqslant: '<=',
    leqq: '<=',
    ge: '>=',
    geq: '>=',
    geqslant: '>=',
    geqq: '>=',
    ne: '!=',
    neq: '!=',
    in: 'in',
    notin: 'notin',
    approx: 'approx',
    '~=': 'approx',
    simeq: 'approx',
    thickapprox: 'approx',
    cong: 'congruent',
    equiv: 'congruent',
    sim: 'congruent',
    subset: 'subset',
    subseteq: 'subset',
    propto: 'congruent',
    parallel: 'congruent',
    perp: 'congruent',
    to: 'congruent',
    rightarrow: 'congruent',
    longrightarrow: 'congruent',
  } as const),
);

/** Commands that are another way to write a sign. */
export const SIGNS = new Map(
  Object.entries({
    times: '*',
    cdot: '*',
    ast: '*',
    div: '/',
    lbrace: '\\{',
    rbrace: '\\}',
    lbrack: '[',
    rbrack: ']',
    lparen: '(',
    rparen: ')',
    vert: '|',
    lvert: '|',
    rvert: '|',
    mid: '|',
    Vert: '\\|',
    lVert: '\\|',
    rVert: '\\|',
    colon: ':',
    cup: 'cup',
    cap: 'cap',
    bigcup: 'cup',
    bigcap: 'cap',
    setminus: 'setminus',
    backslash: 'setminus',
    pm: 'pm',
    mp: 'mp',
    not: 'not',
    degree: 'degree',
    circ: 'degree',
    over: 'over',
    choose: 'choose',
    langle: 'langle',
    rangle: 'rangle',
    lfloor: 'lfloor',
    rfloor: 'rfloor',
    lceil: 'lceil',
    rceil: 'rceil',
    bmod: 'mod',
    percent: '%',
  }),
);

/** Commands that are others in a size of their own. */
export const SIZED = new Map(
  Object.entries({ dfrac: 'frac', tfrac: 'frac', cfrac: 'frac', dbinom: 'binom', tbinom: 'binom' }),
);

/** What follows from what: only the last part is the answer. */
export const IMPLIES = new Set('implies Rightarrow Longrightarrow iff Leftrightarrow'.split(' '));

/** Units that are written bare after a number; longer words need no list. */
export const UNITS = new Set(
  (
    'mm cm dm km ft in yd mi kg mg lb lbs oz sec min hr hrs ml mL mph kmh kph rad deg cents cent dollars dollar USD units unit sq cu inch feet foot yards miles ' +
    'metres meters meter metre hours hour minutes minute seconds second days day weeks week months month years year degrees degree points point people ways way'
  ).split(' '),
);
