/** Runs other programs. */
import { spawn } from 'node:child_process';

/** A program that failed, with the end of what it said. */
export class CommandError extends Error {}

/**
 * Runs a program to its end and returns what it wrote to standard output.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number, isStuck?: () => Promise<boolean> }} [options]
 *   `isStuck` is asked every second; the program is ended when it says so.
 * @returns {Promise<string>}
 * @throws {CommandError} when it cannot start, fails, or is not done in time.
 */
export function run(program, args, { cwd, env, timeoutMs, isStuck } = {}) {
  return new Promise((resolve, reject) => {
    // A group of its own, so that a time-out also ends the children it started.
    const child = spawn(program, args, {
      ...(cwd ? { cwd } : {}),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const forward = endWithUs(child);
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
    const start = Date.now();
    let stopped = '';
    const stop = (/** @type {string} */ why) => {
      stopped = why;
      killGroup(child);
    };
    const watch = setInterval(async () => {
      const seconds = Math.round((Date.now() - start) / 1000);
      if (timeoutMs && seconds * 1000 >= timeoutMs) stop(`no end after ${seconds} s`);
      else if (await isStuck?.()) stop(`no progress after ${seconds} s`);
    }, 1000);
    const finish = (/** @type {Error | null} */ error) => {
      clearInterval(watch);
      forward.stop();
      if (error) reject(error);
      else resolve(output);
    };
    child.on('error', (error) => finish(new CommandError(`${program}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (stopped) finish(new CommandError(`${program}: ${stopped}`));
      else if (code === 0) finish(null);
      else finish(new CommandError(`${program}: ended with ${signal ?? code}\n${lastLines(errors || output)}`));
    });
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function endWithUs(child) {
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
    killGroup(child);
    stop();
    process.kill(process.pid, signal);
  };
  const stop = () => ['SIGINT', 'SIGTERM'].forEach((signal) => process.off(signal, onSignal));
  ['SIGINT', 'SIGTERM'].forEach((signal) => process.on(signal, onSignal));
  return { stop };
}

/** @param {import('node:child_process').ChildProcess} child */
function killGroup(child) {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}

/** @param {string} text */
function lastLines(text) {
  return text.trim().split('\n').slice(-12).join('\n');
}
