import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a peer says of itself before anything else. */
export interface Greeting {
  readonly peer: string;
  readonly version: string;
  /** Ways of doing the same step: memory layouts. */
  readonly variants: readonly string[];
  /** Of a matrix product, to see which BLAS it has. */
  readonly blasGflops?: number;
}

export interface StepsRequest {
  readonly task: string;
  readonly batch: number;
  readonly variant: string;
  readonly steps: number;
}

/** Another implementation in a process of its own, which makes training steps when asked. */
export interface PeerProcess {
  readonly greeting: Greeting;
  /** The milliseconds of each step. @throws PeerError */
  steps(request: StepsRequest): Promise<readonly number[]>;
  close(): void;
}

/** A peer is not there, refused, or ended too early. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

/**
 * Starts a peer: a request and an answer are one line of JSON each, on its standard input and output (scripts/peers/torch.py
 * describes them). It ends with its input, so that it does not outlive this process.
 * @throws PeerError if it cannot be started, or answers with an error in place of a greeting.
 */
export async function startPeer(command: string, args: readonly string[]): Promise<PeerProcess> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const answers = answersOf(child, command);
  const ask = async (request?: StepsRequest): Promise<object> => {
    if (request !== undefined) child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = parseAnswer(await answers(), command);
    if ('error' in answer) throw new PeerError(String(answer.error));
    return answer;
  };
  const close = () => {
    child.stdin.end();
    child.kill();
  };
  try {
    const greeting = checkGreeting(await ask(), command);
    return { greeting, close, steps: async (request) => checkTimes(await ask(request), request, command) };
  } catch (error) {
    close();
    throw error;
  }
}

/** The lines of a child, one a call; rejects once it has ended and all its lines are read. */
function answersOf(child: ChildProcess, command: string): () => Promise<string> {
  const lines: string[] = [];
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  let errors = '';
  let end: PeerError | undefined;
  const finish = (how: string) => {
    const last = errors.trim().split('\n').at(-1);
    end ??= new PeerError(`${command} ${how}${last ? `: ${last}` : ''}`);
    for (const { reject } of waiting.splice(0)) reject(end);
  };
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next.resolve(line);
  });
  child.stderr!.on('data', (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  child.stdin!.on('error', () => {}); // it is told as the end of the process
  child.on('error', (error: NodeJS.ErrnoException) =>
    finish(error.code === 'ENOENT' ? 'was not found' : `cannot be started: ${error.message}`),
  );
  child.on('close', (code, signal) => finish(`ended early (${signal ?? `exit code ${code}`})`));
  return () =>
    new Promise((resolve, reject) => {
      const line = lines.shift();
      if (line !== undefined) resolve(line);
      else if (end !== undefined) reject(end);
      else waiting.push({ resolve, reject });
    });
}

function parseAnswer(line: string, command: string): object {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {}
  throw unexpected(command, line, 'an object in JSON');
}

function checkGreeting(answer: object, command: string): Greeting {
  const { peer, version, variants } = answer as Partial<Greeting>;
  const isGreeting = typeof peer === 'string' && typeof version === 'string' && Array.isArray(variants);
  if (!isGreeting || variants.length === 0)
    throw unexpected(command, JSON.stringify(answer), 'peer, version and variants');
  return answer as Greeting;
}

function checkTimes(answer: object, { steps }: StepsRequest, command: string): readonly number[] {
  const { milliseconds } = answer as { readonly milliseconds?: unknown };
  if (Array.isArray(milliseconds) && milliseconds.length === steps && milliseconds.every((ms) => ms > 0))
    return milliseconds;
  throw unexpected(command, JSON.stringify(answer), `the milliseconds of ${steps} steps`);
}

function unexpected(command: string, got: string, expected: string): PeerError {
  return new PeerError(`${command} answered ${got.slice(0, 200)}, expected ${expected}`);
}
