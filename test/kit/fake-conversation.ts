import { Buffer } from 'node:buffer';
import type {
  Backend,
  Conversation,
  ConversationStart,
  FrontendMessage,
  OpenConversation,
} from '../../src/workspace/wire/conversation.ts';

/** What one client said, and what became of it. */
export interface FakeConversation extends Conversation {
  readonly start: ConversationStart;
  readonly heard: FrontendMessage[];
  readonly cancels: () => number;
  readonly isClosed: () => boolean;
  /** Aborted by a cancel request or when the connection ends. */
  readonly interrupted: AbortSignal;
}

export type FakeAnswer = (message: FrontendMessage, conversation: FakeConversation) => Promise<void>;

/** Conversations that record what they hear and answer as a test says. */
export class FakeConversations {
  readonly all: FakeConversation[] = [];
  readonly open: OpenConversation;

  constructor(answer: FakeAnswer = answerOneRow) {
    this.open = async start => {
      const conversation = fakeConversation(start, answer);
      this.all.push(conversation);
      const settings = new Map([
        ['server_version', '15.0'],
        ['server_encoding', 'UTF8'],
        ['client_encoding', 'UTF8'],
        ['DateStyle', 'ISO, MDY'],
        ['integer_datetimes', 'on'],
        ['standard_conforming_strings', 'on'],
      ]);
      return { conversation, settings };
    };
  }

  get last(): FakeConversation {
    const last = this.all.at(-1);
    if (last === undefined) throw new Error('there is no conversation yet');
    return last;
  }
}

function fakeConversation(start: ConversationStart, answer: FakeAnswer): FakeConversation {
  const heard: FrontendMessage[] = [];
  const interrupt = new AbortController();
  let cancels = 0;
  let isClosed = false;
  const conversation: FakeConversation = {
    start,
    heard,
    cancels: () => cancels,
    isClosed: () => isClosed,
    interrupted: interrupt.signal,
    handle: message => {
      heard.push(message);
      return answer(message, conversation);
    },
    cancel: () => {
      cancels += 1;
      interrupt.abort();
    },
    close: async () => {
      isClosed = true;
      interrupt.abort();
    },
  };
  return conversation;
}

const field = { name: 'answer', typeOid: 25, typeSize: -1, typeModifier: -1 };

/** Answers every query, simple or extended, with one row of one text: its own words. */
export async function answerOneRow(message: FrontendMessage, { start: { backend } }: FakeConversation): Promise<void> {
  switch (message.is) {
    case 'query':
      backend.rowDescription([field], []);
      await oneRow(backend, message.sql);
      return backend.readyForQuery('I');
    case 'parse':
      return backend.parseComplete();
    case 'bind':
      return backend.bindComplete();
    case 'close':
      return backend.closeComplete();
    case 'describe':
      if (message.of === 'statement') backend.parameterDescription([25]);
      return backend.rowDescription([field], []);
    case 'execute':
      return oneRow(backend, 'executed');
    case 'sync':
      return backend.readyForQuery('I');
    case 'flush':
      return backend.flush();
    case 'copy-data':
    case 'copy-done':
    case 'copy-fail':
    case 'function-call':
      return;
  }
}

async function oneRow(backend: Backend, text: string): Promise<void> {
  await backend.dataRows([[Buffer.from(text)]]);
  backend.commandComplete('SELECT 1');
}
