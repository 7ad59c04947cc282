import { writeFileSync } from 'node:fs';
import { silentLog } from '../../src/app/log.ts';
import { readSettings } from '../../src/app/settings.ts';
import { type Service, startService } from '../../src/app/start-service.ts';
import { Fault } from '../../src/core/fault.ts';
import { parseLinkName, parseTableName } from '../../src/core/names.ts';
import type { CreateLinkRequest } from '../../src/engine/control.ts';
import { watchExchanges, watchedLedger, watchedStore } from './sites.ts';
import type { Ask, Orders } from './sweep-words.ts';

/**
 * The real service in a process of its own, which ends itself by kill -9 at a call it is told. It is spoken to over the
 * channel between parent and child; what it passed and where it dies it leaves in a file, whose path it is given.
 */
const [, , lastWords = ''] = process.argv;
let orders: Orders | null = null;
const passed = new Map<string, number>();
let service: Service | null = null;

function pass(site: string): void {
  if (orders === null) return;
  const place = `${orders.step}|${site}`;
  const nth = (passed.get(place) ?? orders.passed[place] ?? 0) + 1;
  const isPlanned = orders.targets.includes(`${place}#${nth}`) || orders.sites.includes(site);
  const isNew = orders.known !== null && !orders.known.includes(site);
  if (isPlanned || isNew) {
    writeFileSync(lastWords, JSON.stringify({ died: { place, site, nth }, passed: Object.fromEntries(passed) }));
    process.kill(process.pid, 'SIGKILL');
    // Nothing more happens here, however long the signal takes.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  passed.set(place, nth);
}

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.do) {
    case 'start':
      orders = ask.orders;
      watchExchanges(pass);
      service = await startService({
        settings: readSettings(ask.environment),
        log: silentLog,
        version: 'test',
        pace: ask.pace,
        rowsPerPage: ask.rowsPerPage,
        around: {
          ledger: ledger => watchedLedger(ledger, pass),
          store: store => watchedStore(store, pass),
        },
      });
      return null;
    case 'orders':
      orders = ask.orders;
      return Object.fromEntries(passed);
    case 'create':
      return links().createLink(ask.request as CreateLinkRequest);
    case 'remove':
      return links().removeTables(parseLinkName(ask.link), [parseTableName(ask.table)], { deleteData: true });
    case 'add':
      return links().addTables(parseLinkName(ask.link), [parseTableName(ask.table)], {
        partitionStrategy: null,
        appendOnly: ask.appendOnly,
      });
    case 'snapshots':
      return links().takeSnapshots(parseLinkName(ask.link), null);
    case 'status':
      return links().status();
    case 'stop':
      orders = null;
      await service?.stop();
      return Object.fromEntries(passed);
  }
}

function links(): Service['links'] {
  if (service === null) throw new Error('it was not started');
  return service.links;
}

process.on('message', (message: { readonly id: number; readonly ask: Ask }) => {
  const reply = (answered: object) => process.send?.({ id: message.id, ...answered });
  answer(message.ask).then(
    value => reply({ value: value ?? null }),
    failure =>
      reply({ failure: failure instanceof Fault ? failure.code : 'failed', text: String(failure?.message ?? failure) }),
  );
});
process.on('disconnect', () => process.exit(0));
