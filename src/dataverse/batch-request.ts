import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { ChangeAnswer, ChangeQuestion } from '../core/source.ts';
import { pathOfLink } from './environment-url.ts';
import { answerInPart, boundaryOf, type Part, partsOf } from './multipart.ts';
import { wirePath } from './transport.ts';
import type { ApiRequest, WebApi } from './web-api.ts';

/** An answer without rows is below 1 KB; one with a single row may be large, and says "changed" without being read. */
const PART_BYTES_MAX = 64 * 1024;

/** After an environment, or a proxy before it, refused the batch itself. */
const UNASKED_MS = 3_600_000;

/** Refusals of a request that may come again another time; every other 4xx, and 501, is about batches as such. */
const PASSING_STATUSES: readonly unknown[] = [401, 408, 429];

const CHANGED: ChangeAnswer = { is: 'changed' };

export interface ChangeQuestionsParts {
  readonly api: WebApi;
  /** The environment's own: scheme, host and port. */
  readonly origin: string;
  readonly clock: Clock;
  /**
   * Operations of one batch; `limits.questionsAtOnce` unless told. The service takes 1,000, one after another ("Execute
   * batch operations using the Web API"), so more of them are not sooner done; they are one answer that fails as a whole.
   */
  readonly questionsAtOnce?: number;
}

/**
 * One question for many tables: has something changed since a delta link? Asked by `$batch`, a GET for each link with its
 * own path verbatim, and continued after an operation that fails. The order of answers is that of questions.
 *
 * Only an answer that is wholly and plainly empty is `quiet`. A page size of one row keeps a table that changed from
 * sending more than that: neither its rows nor its links are used, the table's own request asks by the old link again.
 */
export class ChangeQuestions {
  readonly #parts: ChangeQuestionsParts;
  #unaskedUntilMs = Number.NEGATIVE_INFINITY;
  #batches = 0;

  constructor(parts: ChangeQuestionsParts) {
    this.#parts = parts;
  }

  /** Fails when the environment cannot be asked at all (throttled, unavailable, timeout, sign-in), never for one table. */
  async ask(questions: readonly ChangeQuestion[], signal: AbortSignal): Promise<readonly ChangeAnswer[]> {
    const answers: ChangeAnswer[] = questions.map(() => CHANGED);
    const asked = questions.flatMap(({ link }, position) => {
      const path = this.#pathOf(link);
      return path === null ? [] : [{ path, position }];
    });
    const { questionsAtOnce = limits.questionsAtOnce } = this.#parts;
    for (let start = 0; start < asked.length && !this.#isUnasked(); start += questionsAtOnce) {
      const some = asked.slice(start, start + questionsAtOnce);
      const found = await this.#askSome(
        some.map(({ path }) => path),
        signal,
      );
      for (const [place, { position }] of some.entries()) answers[position] = found[place] ?? CHANGED;
    }
    return answers;
  }

  /** Null for a link that leads elsewhere: it is not sent, and the table's own request shows what is wrong. */
  #pathOf(link: string): string | null {
    try {
      return wirePath(pathOfLink({ link, origin: this.#parts.origin }));
    } catch (error) {
      if (error instanceof Fault) return null;
      throw error;
    }
  }

  #isUnasked(): boolean {
    const leftMs = this.#unaskedUntilMs - this.#parts.clock.nowMs();
    // A clock that was set back must not keep the question away.
    return leftMs > 0 && leftMs <= UNASKED_MS;
  }

  async #askSome(paths: readonly string[], signal: AbortSignal): Promise<readonly ChangeAnswer[]> {
    this.#batches += 1;
    try {
      const answer = await this.#parts.api.open(batchOf({ paths, boundary: `batch_${this.#batches}`, signal }));
      const boundary = boundaryOf(answer.header('content-type'));
      const parts = boundary === null ? null : partsOf(answer.body, { boundary, partBytesMax: PART_BYTES_MAX });
      if (parts !== null) return await this.#readAnswers(parts, paths);
      await drop(answer.body);
    } catch (error) {
      if (!isAboutBatches(error)) throw error;
    }
    this.#unaskedUntilMs = this.#parts.clock.nowMs() + UNASKED_MS;
    return [];
  }

  async #readAnswers(parts: AsyncIterable<Part>, paths: readonly string[]): Promise<readonly ChangeAnswer[]> {
    const answers: ChangeAnswer[] = [];
    for await (const part of parts) {
      const path = paths[answers.length];
      // More answers than questions: which belongs to which is anybody's guess.
      if (path === undefined) return [];
      answers.push(this.#answerOf(part, path));
    }
    return answers;
  }

  #answerOf(part: Part, path: string): ChangeAnswer {
    const answer = part === null ? null : answerInPart(part);
    if (answer === null || answer.status !== 200) return CHANGED;
    const delta = deltaOfEmptyPage(answer.body);
    if (delta === null) return CHANGED;
    const next = this.#pathOf(delta);
    // Should an answer be missing, the others must not be taken for their neighbours'.
    return next !== null && resourceOf(next) === resourceOf(path) ? { is: 'quiet', delta } : CHANGED;
  }
}

function batchOf(options: {
  readonly paths: readonly string[];
  readonly boundary: string;
  readonly signal: AbortSignal;
}): ApiRequest {
  const { paths, boundary, signal } = options;
  return {
    target: { resource: '$batch' },
    method: 'POST',
    body: [...paths.flatMap(path => questionPart(path, boundary)), `--${boundary}--`, ''].join('\r\n'),
    headers: { accept: 'application/json', 'content-type': `multipart/mixed; boundary="${boundary}"` },
    // Without it the first table that fails would end the batch ("Handling errors" of the same page).
    prefer: 'odata.continue-on-error',
    kind: 'poll',
    weight: paths.length,
    signal,
  };
}

function questionPart(path: string, boundary: string): string[] {
  return [
    `--${boundary}`,
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    `GET ${path} HTTP/1.1`,
    'Accept: application/json;odata.metadata=minimal;IEEE754Compatible=true',
    'Prefer: odata.track-changes,odata.maxpagesize=1',
    '',
    '',
  ];
}

/** The delta link of a page that holds nothing and is the last; null for any other page, and what is none. */
function deltaOfEmptyPage(body: string): string | null {
  let page: unknown;
  try {
    page = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof page !== 'object' || page === null) return null;
  const { value, '@odata.nextLink': next, '@odata.deltaLink': delta } = page as Readonly<Record<string, unknown>>;
  const isEmpty = Array.isArray(value) && value.length === 0 && (next === undefined || next === null);
  return isEmpty && typeof delta === 'string' ? delta : null;
}

function resourceOf(path: string): string {
  return path.replace(/[?#].*$/s, '').toLowerCase();
}

function isAboutBatches(error: unknown): boolean {
  if (!(error instanceof Fault)) return false;
  const { status } = error.details;
  // A success that is a page for people: something before the environment answered.
  if (typeof status !== 'number') return error.code === 'source/not-dataverse';
  return ((status >= 400 && status < 500) || status === 501) && !PASSING_STATUSES.includes(status);
}

/** Reads a body to its end, so that its connection can be used again. */
async function drop(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body);
}
