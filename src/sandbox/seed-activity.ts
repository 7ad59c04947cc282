import { metadataIdOf } from './catalogue-line.ts';
import type { Cell, Reference, Row } from './database.ts';
import { isoSeconds } from './seed-time.ts';
import { compact, type Made, type Maker, ownership, reference, type Status, stamps, type World } from './seed-world.ts';
import { cut } from './text.ts';

const HOUR_MS = 3_600_000;

/** Statuses of a kind of activity: open ones, done ones. */
const STATUSES: Readonly<Record<string, readonly Status[]>> = {
  task: [
    [0, 2],
    [0, 3],
    [1, 5],
    [1, 5],
    [2, 6],
  ],
  email: [
    [0, 1],
    [1, 3],
    [1, 4],
    [1, 4],
    [2, 5],
  ],
  phonecall: [
    [0, 1],
    [1, 2],
    [1, 4],
    [2, 3],
  ],
  appointment: [
    [0, 1],
    [1, 3],
    [1, 3],
    [2, 4],
    [3, 5],
  ],
};

/** Columns of the kind that its row in `activitypointer` has too. */
const SHARED: readonly string[] = [
  'activityid',
  'activitytypecode',
  'subject',
  'description',
  'regardingobjectid',
  'scheduledstart',
  'scheduledend',
  'actualend',
  'prioritycode',
  'isregularactivity',
  'isbilled',
  'isworkflowcreated',
  'createdon',
  'createdby',
  'createdonbehalfby',
  'modifiedon',
  'modifiedby',
  'ownerid',
  'owningbusinessunit',
  'owninguser',
  'owningteam',
  'statecode',
  'statuscode',
];

/** Texts of a pointer are shorter than those of some kinds. */
const POINTER_LENGTHS: Readonly<Record<string, number>> = { subject: 400, description: 2000 };

/** The most parties an activity gets, its owner not counted. */
const PARTIES: Readonly<Record<string, readonly number[]>> = {
  task: [],
  email: [1, 2],
  phonecall: [1, 2],
  appointment: [7, 5],
};

/** How many parties the activity of this index has: one and two in turn. */
export function partyCount(index: number): number {
  return 1 + (index % 2);
}

/** An activity: its own row, the row of the same id in `activitypointer`, and its parties. */
function activity(kind: string): Maker {
  return (world, { id, atMs, index }) => {
    const row = compact({ ...common(world, { kind, id, atMs }), ...special(world, { kind, atMs }) });
    return [
      { table: kind, row },
      { table: 'activitypointer', row: pointerOf(row) },
      ...parties(world, { kind, row, count: partyCount(index) }),
    ];
  };
}

function common(world: World, { kind, id, atMs }: { kind: string; id: string; atMs: number }): Record<string, Cell> {
  const { random, texts } = world;
  const [statecode, statuscode] = random.pick(STATUSES[kind] ?? [[0, 1]]);
  const startMs = atMs + random.below(96) * HOUR_MS;
  return {
    activityid: id,
    activitytypecode: kind,
    subject: texts.sentence(200),
    description: random.chance(0.6) ? texts.paragraph(2000) : null,
    regardingobjectid: random.chance(0.75)
      ? reference(world, 'account', 'contact', 'contact', 'opportunity', 'incident', 'lead')
      : null,
    scheduledstart: random.chance(0.7) ? isoSeconds(startMs) : null,
    scheduledend: random.chance(0.8) ? isoSeconds(startMs + HOUR_MS) : null,
    actualend: statecode === 0 ? null : isoSeconds(startMs + HOUR_MS),
    prioritycode: random.between(0, 2),
    isregularactivity: true,
    isbilled: false,
    isworkflowcreated: random.chance(0.1),
    ...stamps(world, atMs),
    ...ownership(world),
    statecode,
    statuscode,
  };
}

function special(world: World, { kind, atMs }: { kind: string; atMs: number }): Record<string, Cell> {
  const { random, texts } = world;
  switch (kind) {
    case 'task':
      return { percentcomplete: random.pick([0, 0, 25, 50, 100]), category: random.chance(0.2) ? 'Follow-up' : null };
    case 'email':
      return {
        directioncode: random.chance(0.5),
        sender: `sender${random.between(1, 9999)}@example.com`,
        torecipients: `person${random.between(1, 9999)}@example.com;`,
        messageid: `<${random.guid()}@example.com>`,
        description: `<html><body><p>${texts.paragraph(4000)}</p>\r\n</body></html>`,
        attachmentcount: random.chance(0.2) ? random.below(4) : 0,
        senton: random.chance(0.7) ? isoSeconds(atMs) : null,
      };
    case 'phonecall':
      return { directioncode: random.chance(0.6), leftvoicemail: random.chance(0.2), phonenumber: '+1 425 5550100' };
    default:
      return {
        location: texts.given('Room 1, "Aquarium"', 200),
        isalldayevent: random.chance(0.1),
        instancetypecode: 0,
      };
  }
}

/** The row of `activitypointer` that belongs to an activity: the shared columns, same id. */
export function pointerOf(row: Row): Row {
  return Object.fromEntries(
    SHARED.flatMap(column => {
      const cell = row[column];
      if (cell === undefined) return [];
      const length = POINTER_LENGTHS[column];
      return [[column, length !== undefined && typeof cell === 'string' ? cut(cell, length) : cell]];
    }),
  );
}

/** The id of an activity's n-th party: it follows from the activity's, so that a delete finds the parties. */
export function partyId(activityId: string, at: number): string {
  return metadataIdOf(`party ${activityId} ${at}`);
}

function parties(
  world: World,
  { kind, row, count }: { readonly kind: string; readonly row: Row; readonly count: number },
): Made[] {
  const activityId: Reference = { table: 'activitypointer', id: String(row.activityid) };
  const masks = [9, ...(PARTIES[kind] ?? [])];
  return Array.from({ length: count }, (_, at) => {
    const mask = masks[at % masks.length] ?? 8;
    const party = mask === 9 ? userOf(row) : reference(world, 'contact', 'contact', 'account', 'systemuser');
    return {
      table: 'activityparty',
      row: compact({
        activitypartyid: partyId(activityId.id, at),
        activityid: activityId,
        partyid: party,
        ownerid: row.ownerid ?? null,
        participationtypemask: mask,
        instancetypecode: 0,
        ispartydeleted: false,
        donotemail: false,
        donotphone: false,
        addressused: kind === 'email' && mask !== 9 ? `person${world.random.between(1, 9999)}@example.com` : null,
        scheduledstart: row.scheduledstart ?? null,
        scheduledend: row.scheduledend ?? null,
      }),
    };
  });
}

/** Parties are people and companies: of an activity that a team owns, the one who made it. */
function userOf(row: Row): Cell {
  return row.owninguser ?? row.createdby ?? null;
}

const annotation: Maker = (world, { id, atMs }) => {
  const { random, texts } = world;
  const about = reference(world, 'account', 'contact', 'opportunity', 'incident', 'email', 'task');
  const isdocument = random.chance(0.2);
  return [
    {
      table: 'annotation',
      row: compact({
        annotationid: id,
        subject: random.chance(0.8) ? texts.sentence(500) : null,
        notetext: texts.paragraph(100_000),
        objectid: about,
        objecttypecode: about === null ? null : about.table,
        isdocument,
        filename: isdocument ? texts.given(`report ${random.between(1, 99)}.pdf`, 255) : null,
        mimetype: isdocument ? 'application/pdf' : null,
        filesize: isdocument ? random.between(1000, 5_000_000) : null,
        ...stamps(world, atMs),
        ...ownership(world),
      }),
    },
  ];
};

export const activityMakers: Readonly<Record<string, Maker>> = {
  task: activity('task'),
  email: activity('email'),
  phonecall: activity('phonecall'),
  appointment: activity('appointment'),
  annotation,
};
