import { z } from 'zod';
import { type FaultRule, faultDetails, faultKinds, protectionLimits } from './faults.ts';

const everyRule = ['match', 'times', 'skip', 'do'];

const faultRule = z
  .strictObject({
    match: z.string().refine(isPattern, { error: 'this is no regular expression' }),
    times: z.int().min(1).exactOptional(),
    skip: z.int().min(0).exactOptional(),
    do: z.enum(faultKinds),
    status: z.int().min(200).max(599).exactOptional(),
    headers: z.record(z.string(), z.string()).exactOptional(),
    body: z.string().exactOptional(),
    limit: z.enum(protectionLimits).exactOptional(),
    retryAfterSeconds: z.int().min(0).nullable().exactOptional(),
    ms: z.int().min(0).exactOptional(),
    pieces: z.int().min(1).max(10_000).exactOptional(),
    bytes: z.int().min(0).exactOptional(),
    clean: z.boolean().exactOptional(),
    at: z.enum(['start', 'headers', 'body']).exactOptional(),
    host: z
      .string()
      .regex(/^(?:https?:\/\/)?[\w.-]+(?::\d+)?$/, { error: 'this is no host' })
      .exactOptional(),
    cycle: z.union([z.literal(1), z.literal(2)]).exactOptional(),
    column: z.string().min(1).exactOptional(),
  })
  .superRefine((rule, context) => {
    const useful: readonly string[] = [...everyRule, ...faultDetails[rule.do]];
    for (const field of Object.keys(rule)) {
      if (useful.includes(field)) continue;
      const message = `'${rule.do}' has no use for it; it knows ${faultDetails[rule.do].join(', ') || 'no more fields'}`;
      context.addIssue({ code: 'custom', path: [field], message });
    }
    if (rule.do === 'foreign-link' && rule.host === undefined) {
      context.addIssue({ code: 'custom', path: ['host'], message: `'foreign-link' needs the host to name` });
    }
  });

const faultScript = z.array(faultRule);

/** A script as it was posted. @throws ZodError that names the rule and its field. */
export function parseFaultRules(script: unknown): readonly FaultRule[] {
  return faultScript.parse(script);
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
