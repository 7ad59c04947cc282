import { answerOfFailure, decodePath, type WireRequest } from './answer-call.ts';
import { answerBatch } from './batch.ts';
import { answerInstead } from './fault-answers.ts';
import type { FaultRule } from './faults.ts';
import { answerScripted, pathText, subjectOf, takeFault } from './scripted-call.ts';
import type { TokenKeeper } from './token.ts';
import type { Answer, Noted } from './wire.ts';
import { type Exchange, pause, writeAnswer } from './write-answer.ts';

export interface DataRequest extends Exchange {
  readonly keeper: TokenKeeper;
  readonly wire: WireRequest;
}

/** Answers one request below the service root: scripted fault, sign-in, work, log. */
export async function answerDataRequest(input: DataRequest): Promise<void> {
  const { environment, keeper, wire } = input;
  const startedMs = environment.clock.nowMs();
  const noted: Noted = {};
  const fault = takeFault(environment, wire, { part: false });
  const answer = await answerOrFault(input, noted, fault);
  if (fault?.do === 'expire-access-token') keeper.refuse(wire.headers.authorization);
  const bytes = await writeAnswer(input, answer, fault);
  environment.log.add({
    time: new Date(startedMs).toISOString(),
    method: wire.method,
    path: pathText(wire),
    status: answer.status,
    table: noted.table ?? subjectOf(environment, wire).table,
    rows: noted.rows ?? null,
    page: noted.page ?? null,
    operations: noted.operations ?? 1,
    bytes,
    tookMs: environment.clock.nowMs() - startedMs,
    fault: fault?.do ?? null,
    ...(noted.parts === undefined ? {} : { parts: noted.parts }),
  });
}

async function answerOrFault(input: DataRequest, noted: Noted, fault: FaultRule | null): Promise<Answer> {
  const { environment, keeper, wire } = input;
  if (fault?.do === 'slow') await pause(input, fault.ms ?? 1_000);
  if (fault?.do === 'reset') return { status: 0 };
  try {
    const instead = fault === null ? null : answerInstead(environment, fault, subjectOf(environment, wire).table);
    if (instead !== null) return instead;
    const application = await keeper.application(environment, wire.headers.authorization);
    const call = { environment, application, request: wire, fault, noted };
    return await (decodePath(wire.path) === '$batch' ? answerBatch(call) : answerScripted(call));
  } catch (failure) {
    return answerOfFailure(failure, wire.headers);
  }
}
