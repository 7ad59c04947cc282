import type { LakeColumn } from '../core/shape.ts';
import type { LakeReader } from './lake-reader.ts';

export const ROOT_MANIFEST = 'model.json';

/** A table as a manifest names it. */
export interface ManifestEntity {
  readonly name: string;
  readonly attributes: readonly { readonly name: string; readonly dataType: string; readonly maxLength: number }[];
  readonly partitions: readonly { readonly name: string; readonly location: string }[];
}

/** The entities of a manifest; null when there is no such file, a text that says why when it is not a manifest. */
export async function readManifest(lake: LakeReader, path: string): Promise<readonly ManifestEntity[] | string | null> {
  const bytes = await lake.read(path);
  if (bytes === null) return null;
  try {
    const manifest: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const entities = (manifest as { readonly entities?: unknown }).entities;
    if (!Array.isArray(entities) || !entities.every(isEntity))
      return 'not a manifest: entities are missing or incomplete';
    return entities;
  } catch {
    return 'not JSON';
  }
}

function isEntity(value: unknown): value is ManifestEntity {
  if (typeof value !== 'object' || value === null) return false;
  const { name, attributes, partitions } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    Array.isArray(attributes) &&
    attributes.every(attribute => typeof attribute?.name === 'string' && typeof attribute?.dataType === 'string') &&
    Array.isArray(partitions) &&
    partitions.every(partition => typeof partition?.name === 'string' && typeof partition?.location === 'string')
  );
}

/** How a manifest's attributes part from the committed columns; null when they are the same by name, order and type. */
export function attributeProblem(entity: ManifestEntity, expected: readonly LakeColumn[]): string | null {
  const at = expected.findIndex(({ name, modelType, maxLength }, position) => {
    const attribute = entity.attributes[position];
    return attribute?.name !== name || attribute.dataType !== modelType || attribute.maxLength !== maxLength;
  });
  if (at !== -1) return `attribute ${at + 1} is not ${expected[at]?.name} as committed`;
  return entity.attributes.length === expected.length
    ? null
    : `${entity.attributes.length} attributes, not ${expected.length}`;
}
