/** Version of the native TensorFlow that set-up fetches. */
export const TENSORFLOW_VERSION: string;
/** The root of the repository. */
export const REPOSITORY: string;
/** `$CABOCHON_CACHE`, else `~/.cache/cabochon`: what set-up and `model pull` keep, shared by all clones. */
export function cacheRoot(): string;
/** Where pulled models lie, one folder each. */
export function modelsFolder(): string;
/** `include/` and `lib/` of native TensorFlow; whether it is there is not checked. */
export function libtensorflowFolder(flavor: 'cpu' | 'cuda'): string;
/** Where the package of TensorFlow.js looks for its native half; a link into the cache. */
export function bindingLink(): string;
/** Where set-up puts a Temporal server of its own; whether it is there is not checked. */
export function cachedTemporalBinary(): string;
/** Path of a Temporal CLI that can run a server: the one on PATH, else the cache's, else null. */
export function temporalBinary(): string | null;
/** Full path of a program on PATH, or null. */
export function onPath(program: string): string | null;
