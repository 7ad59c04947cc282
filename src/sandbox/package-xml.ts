import { SaxesParser } from 'saxes';
import { Fault } from '../core/fault.ts';
import type { PackageFile } from './package-files.ts';

/** An element as it opens. `where` is the line. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly line: number;
}

export interface XmlHandler {
  /** `path` holds the names of the open elements, this one last. */
  open(element: XmlElement, path: readonly string[]): void;
  close?(name: string, path: readonly string[]): void;
  text?(text: string, path: readonly string[]): void;
}

const DEPTH_MAX = 32;

/**
 * Reads an XML file in pieces. Document types and entities are refused (`package/unsafe`); what is not well formed, not
 * UTF-8 or UTF-16, or cut off is `package/invalid` with file and line.
 */
export async function readXml(
  file: PackageFile,
  { handler, root, signal }: { readonly handler: XmlHandler; readonly root: string; readonly signal: AbortSignal },
): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const invalid = (reason: string, cause?: unknown) =>
    new Fault('package/invalid', { path: file.name, line: parser.line, reason }, { cause });
  const path: string[] = [];
  parser.on('error', error => {
    throw invalid(plainReason(error), error);
  });
  parser.on('doctype', () => {
    throw new Fault('package/unsafe', { path: file.name, line: parser.line, reason: 'it declares a document type' });
  });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^utf-?(8|16)$/i.test(encoding)) throw invalid(`encoding ${encoding}`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (path.length === 0 && name !== root) throw invalid(`it begins with <${name.slice(0, 50)}>, not <${root}>`);
    path.push(name);
    if (path.length > DEPTH_MAX) throw invalid('elements lie too deep in one another');
    handler.open({ name, attributes, line: parser.line }, path);
  });
  parser.on('closetag', ({ name }) => {
    handler.close?.(name, path);
    path.pop();
  });
  parser.on('text', text => handler.text?.(text, path));
  const decode = decoder(invalid);
  for await (const chunk of file.chunks()) {
    signal.throwIfAborted();
    parser.write(refuseDocumentType(decode(chunk, false), file.name));
  }
  parser.write(decode(new Uint8Array(), true));
  parser.close();
}

/** A document type is refused when it begins: its end may be gigabytes away. */
function refuseDocumentType(text: string, name: string): string {
  if (!text.includes('<!DOCTYPE') && !text.includes('<!ENTITY')) return text;
  throw new Fault('package/unsafe', { path: name, reason: 'it declares a document type or entities' });
}

function decoder(invalid: (reason: string, cause?: unknown) => Fault): (chunk: Uint8Array, last: boolean) => string {
  let decoding: InstanceType<typeof TextDecoder> | undefined;
  return (chunk, last) => {
    decoding ??= new TextDecoder(encodingOf(chunk), { fatal: true });
    try {
      return decoding.decode(chunk, { stream: !last });
    } catch (cause) {
      throw invalid('its bytes are not text', cause);
    }
  };
}

function encodingOf(start: Uint8Array): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  return start[0] === 0xfe && start[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/** The parser's sentence without the position it puts in front. */
function plainReason(error: Error): string {
  return error.message.replace(/^\d+:\d+:\s*/, '').slice(0, 200);
}
