import type { Clock } from '../core/clock.ts';
import { toFault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { ChangeAnswer, ChangeQuestion, Source } from '../core/source.ts';
import type { Gate } from './gate.ts';
import type { EngineLog } from './table-parts.ts';

/** How long a question waits for others to go with it. */
const GATHER_MS = 50;
/** After a question that failed, each table asks for itself this long. */
const ALONE_MS = 60_000;

const ASK_YOURSELF: ChangeAnswer = { is: 'changed' };

export interface QuietPollsParts {
  readonly source: Pick<Source, 'changes'>;
  readonly clock: Clock;
  /** Questions wait at the gate of polls for changes. */
  readonly gate: Gate;
  readonly report: EngineLog;
  /** Of the link: a question belongs to many tables, so no single one of them may call it off. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly question: ChangeQuestion;
  readonly answer: (answer: ChangeAnswer) => void;
}

/**
 * Asks for many quiet tables of a link at once whether they changed. A question that fails answers nobody: each of its
 * tables asks for itself then, so one table's trouble is no other's (I-8).
 */
export class QuietPolls {
  readonly #parts: QuietPollsParts;
  #gathered: Waiting[] = [];
  #aloneUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: QuietPollsParts) {
    this.#parts = parts;
  }

  /** Fails only with the reason of `signal`, and then at once. */
  ask(question: ChangeQuestion, signal: AbortSignal): Promise<ChangeAnswer> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const nowMs = this.#parts.clock.nowMs();
    // A clock that was set back must not keep the tables apart.
    if (nowMs < this.#aloneUntilMs && nowMs >= this.#aloneUntilMs - ALONE_MS) return Promise.resolve(ASK_YOURSELF);
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(signal.reason);
      signal.addEventListener('abort', giveUp, { once: true });
      const answer = (given: ChangeAnswer) => {
        signal.removeEventListener('abort', giveUp);
        resolve(given);
      };
      this.#gathered.push({ question, answer });
      if (this.#gathered.length === limits.questionsAtOnce) this.#send();
      else if (this.#gathered.length === 1) this.#sendSoon(this.#gathered);
    });
  }

  #sendSoon(gathered: readonly Waiting[]): void {
    const { clock, signal } = this.#parts;
    const send = () => {
      // A full question went at once, and others gather since.
      if (this.#gathered === gathered) this.#send();
    };
    clock.sleep(GATHER_MS, signal).then(send, send);
  }

  #send(): void {
    const asked = this.#gathered;
    this.#gathered = [];
    const { source, gate, signal } = this.#parts;
    const questions = asked.map(({ question }) => question);
    gate
      .run(() => source.changes(questions, signal), signal)
      .then(
        answers => {
          for (const [place, { answer }] of asked.entries()) answer(answers[place] ?? ASK_YOURSELF);
        },
        failure => this.#answerNobody(asked, failure),
      );
  }

  #answerNobody(asked: readonly Waiting[], failure: unknown): void {
    const { clock, report, signal } = this.#parts;
    if (!signal.aborted) {
      const { code } = toFault(failure);
      this.#aloneUntilMs = clock.nowMs() + ALONE_MS;
      report.warn('quiet tables could not be asked together', { code, tables: asked.length });
    }
    for (const { answer } of asked) answer(ASK_YOURSELF);
  }
}
