import { answerOfFailure, decodePath, type WireRequest } from './answer-call.ts';
import type { Application } from './applications.ts';
import { answerBatch } from './batch.ts';
import { inAdminMode } from './errors.ts';
import { answerInstead } from './fault-answers.ts';
import type { FaultRule } from './faults.ts';
import { answerScripted, pathText, subjectOf, takeFault } from './scripted-call.ts';
import type { Admission } from './service-limits.ts';
import type { TokenKeeper } from './token.ts';
import type { Answer, Noted } from './wire.ts';
import { type Exchange, pause, writeAnswer } from './write-answer.ts';

export interface DataRequest extends Exchange {
  readonly keeper: TokenKeeper;
  readonly wire: WireRequest;
}

/** What happens to one request on its way. */
interface Passage {
  readonly server: number;
  readonly fault: FaultRule | null;
  readonly startedMs: number;
  readonly noted: Noted;
  /** From when the limits of service protection let it in. */
  admission: Admission | null;
}

/** Answers one request below the service root: scripted fault, sign-in, limits, work, log. */
export async function answerDataRequest(input: DataRequest): Promise<void> {
  const { environment, keeper, wire } = input;
  const { behaviour, clock, webServers } = environment;
  const { server, headers } = webServers.meet({ cookie: wire.headers.cookie, count: behaviour.webServers });
  const fault = takeFault(environment, wire, { part: false });
  const passage: Passage = { server, fault, startedMs: clock.nowMs(), noted: {}, admission: null };
  const answer = await answerOrFault(input, passage);
  if (fault?.do === 'expire-access-token') keeper.refuse(wire.headers.authorization);
  passage.admission?.worked(clock.nowMs() - passage.startedMs);
  const more = { ...headers, ...passage.admission?.headers() };
  try {
    const bytes = await writeAnswer(input, { ...answer, headers: { ...more, ...answer.headers } }, fault);
    log(input, passage, { status: answer.status, bytes });
  } finally {
    passage.admission?.left();
  }
}

async function answerOrFault(input: DataRequest, passage: Passage): Promise<Answer> {
  const { environment, keeper, wire } = input;
  const { fault } = passage;
  if (fault?.do === 'reset') return { status: 0 };
  try {
    const instead = fault === null ? null : answerInstead(environment, fault, subjectOf(environment, wire).table);
    if (instead !== null) return instead;
    const application = await keeper.application(environment, wire.headers.authorization);
    if (environment.state.isInAdminMode) throw inAdminMode();
    passage.admission = admit(input, passage, application);
    if (fault?.do === 'slow') await pause(input, fault.ms ?? 1_000);
    const call = { environment, application, request: wire, fault, noted: passage.noted };
    return await (decodePath(wire.path) === '$batch' ? answerBatch(call) : answerScripted(call));
  } catch (failure) {
    return answerOfFailure(failure, wire.headers);
  }
}

/** @throws WireError 429 */
function admit(
  { environment }: DataRequest,
  { server, startedMs }: Passage,
  { userId }: Application,
): Admission | null {
  const { limits } = environment.behaviour;
  return limits === null ? null : environment.protection.admit({ user: userId, server, limits, nowMs: startedMs });
}

function log(
  { environment, wire }: DataRequest,
  { server, fault, startedMs, noted }: Passage,
  { status, bytes }: { readonly status: number; readonly bytes: number },
): void {
  environment.log.add({
    time: new Date(startedMs).toISOString(),
    method: wire.method,
    path: pathText(wire),
    status,
    table: noted.table ?? subjectOf(environment, wire).table,
    rows: noted.rows ?? null,
    page: noted.page ?? null,
    operations: noted.operations ?? 1,
    bytes,
    tookMs: environment.clock.nowMs() - startedMs,
    server,
    fault: fault?.do ?? null,
    ...(noted.parts === undefined ? {} : { parts: noted.parts }),
  });
}
