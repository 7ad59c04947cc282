import type { Cell } from './database.ts';
import { maybeMoment, phone } from './seed-people.ts';
import { isoDay } from './seed-time.ts';
import {
  amount,
  compact,
  type Made,
  type Maker,
  money,
  ownership,
  reference,
  stamps,
  state,
  type World,
} from './seed-world.ts';

const DAY_MS = 86_400_000;

const account: Maker = (world, { id, atMs }) => {
  const { random, texts } = world;
  return [
    made('account', {
      accountid: id,
      name: texts.company(160),
      accountnumber: random.chance(0.7) ? `AC-${random.between(10_000, 99_999)}` : null,
      telephone1: random.chance(0.8) ? phone(world) : null,
      emailaddress1: random.chance(0.7) ? `office${random.between(1, 99_999)}@example.com` : null,
      websiteurl: random.chance(0.5) ? `https://www.example.com/${random.between(1, 99_999)}?a=1&b="2"` : null,
      description: random.chance(0.4) ? texts.paragraph(2000) : null,
      industrycode: random.chance(0.7) ? random.between(1, 33) : null,
      accountcategorycode: random.chance(0.5) ? random.between(1, 2) : null,
      customertypecode: random.chance(0.6) ? random.between(1, 12) : null,
      numberofemployees: random.chance(0.5) ? Math.floor(random.next() ** 4 * 100_000) : null,
      parentaccountid: random.chance(0.15) ? reference(world, 'account') : null,
      primarycontactid: random.chance(0.7) ? reference(world, 'contact') : null,
      creditonhold: random.chance(0.05),
      ...address(world),
      ...doNots(world),
      ...money(world, { revenue: random.chance(0.6) ? amount(random, 900_000_000) : null }),
      ...stamps(world, atMs),
      ...ownership(world),
      ...state(world, { closedShare: 0.1, open: [0, 1], closed: [1, 2] }),
    }),
  ];
};

const contact: Maker = (world, { id, atMs }) => {
  const { random, texts } = world;
  const words = texts.words();
  const firstname = random.chance(0.03) ? null : texts.given(random.pick(words.first), 50);
  const lastname = texts.given(random.pick(words.last), 50);
  return [
    made('contact', {
      contactid: id,
      firstname,
      lastname,
      fullname: firstname === null ? lastname : `${firstname} ${lastname}`,
      parentcustomerid: random.chance(0.8) ? reference(world, 'account', 'account', 'account', 'contact') : null,
      emailaddress1: random.chance(0.85) ? `person${random.between(1, 999_999)}@example.com` : null,
      jobtitle: random.chance(0.5) ? texts.given('Purchasing, head of', 100) : null,
      telephone1: random.chance(0.6) ? phone(world) : null,
      mobilephone: random.chance(0.6) ? phone(world) : null,
      birthdate: random.chance(0.3)
        ? isoDay(Date.UTC(1935 + random.below(70), random.below(12), 1 + random.below(28)))
        : null,
      gendercode: random.chance(0.4) ? random.between(1, 2) : null,
      description: random.chance(0.2) ? texts.paragraph(2000) : null,
      preferredcontactmethodcode: random.between(1, 5),
      ...address(world),
      ...doNots(world),
      ...money(world, { creditlimit: random.chance(0.05) ? amount(random, 50_000) : null }),
      ...stamps(world, atMs),
      ...ownership(world),
      ...state(world, { closedShare: 0.12, open: [0, 1], closed: [1, 2] }),
    }),
  ];
};

const lead: Maker = (world, { id, atMs }) => {
  const { random, texts } = world;
  const words = texts.words();
  const firstname = texts.given(random.pick(words.first), 50);
  const lastname = texts.given(random.pick(words.last), 50);
  const status = random.pick([
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
    [2, 5],
    [2, 7],
  ] as const);
  return [
    made('lead', {
      leadid: id,
      subject: texts.sentence(300),
      firstname,
      lastname,
      fullname: `${firstname} ${lastname}`,
      companyname: texts.company(100),
      emailaddress1: `lead${random.between(1, 99_999)}@example.com`,
      leadsourcecode: random.chance(0.8) ? random.between(1, 10) : null,
      leadqualitycode: random.between(1, 3),
      campaignid: random.chance(0.3) ? reference(world, 'campaign') : null,
      customerid: random.chance(0.4) ? reference(world, 'account', 'contact') : null,
      estimatedclosedate: random.chance(0.5) ? isoDay(atMs + random.below(120) * DAY_MS) : null,
      ...money(world, { estimatedamount: random.chance(0.5) ? amount(random, 500_000) : null }),
      ...stamps(world, atMs),
      ...ownership(world),
      statecode: status[0],
      statuscode: status[1],
    }),
  ];
};

const opportunity: Maker = (world, { id, atMs }) => {
  const { random, texts } = world;
  const status = random.pick([
    [0, 1],
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
  ] as const);
  const customer = reference(world, 'account', 'account', 'contact');
  return [
    made('opportunity', {
      opportunityid: id,
      name: texts.sentence(300),
      customerid: customer,
      parentaccountid: customer?.table === 'account' ? customer : null,
      parentcontactid: random.chance(0.6) ? reference(world, 'contact') : null,
      originatingleadid: random.chance(0.4) ? reference(world, 'lead') : null,
      campaignid: random.chance(0.2) ? reference(world, 'campaign') : null,
      closeprobability: random.chance(0.8) ? random.below(101) : null,
      opportunityratingcode: random.between(1, 3),
      estimatedclosedate: isoDay(atMs + random.below(240) * DAY_MS),
      actualclosedate: status[0] === 0 ? null : isoDay(atMs + random.below(300) * DAY_MS),
      description: random.chance(0.4) ? texts.paragraph(2000) : null,
      discountpercentage: random.chance(0.2) ? (random.below(10_000) / 100).toFixed(2) : null,
      ...money(world, {
        estimatedvalue: amount(random, 2_000_000),
        actualvalue: status[0] === 1 ? amount(random, 2_000_000) : null,
        totalamount: random.chance(0.5) ? amount(random, 2_000_000) : null,
      }),
      ...stamps(world, atMs),
      ...ownership(world),
      statecode: status[0],
      statuscode: status[1],
    }),
  ];
};

const incident: Maker = (world, { id, atMs, index }) => {
  const { random, texts } = world;
  const status = random.pick([
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 5],
    [1, 5],
    [2, 6],
  ] as const);
  return [
    made('incident', {
      incidentid: id,
      title: texts.sentence(200),
      ticketnumber: `CAS-${String(index + 1000).padStart(5, '0')}-${random
        .below(36 ** 4)
        .toString(36)
        .toUpperCase()}`,
      customerid: reference(world, 'account', 'contact'),
      primarycontactid: random.chance(0.5) ? reference(world, 'contact') : null,
      productid: random.chance(0.4) ? reference(world, 'product') : null,
      parentcaseid: random.chance(0.05) ? reference(world, 'incident') : null,
      description: random.chance(0.8) ? texts.paragraph(2000) : null,
      caseorigincode: random.between(1, 3),
      prioritycode: random.between(1, 3),
      isescalated: random.chance(0.07),
      followupby: maybeMoment(world, atMs + random.below(10) * DAY_MS, 0.3),
      ...stamps(world, atMs),
      ...ownership(world),
      statecode: status[0],
      statuscode: status[1],
    }),
  ];
};

const campaign: Maker = (world, { id, atMs, index }) => [
  made('campaign', {
    campaignid: id,
    name: world.texts.given(`Campaign ${index + 1}`, 128),
    codename: `CMP-${1000 + index}`,
    typecode: world.random.between(1, 5),
    istemplate: false,
    objective: world.texts.paragraph(2000),
    proposedstart: isoDay(atMs),
    proposedend: isoDay(atMs + 30 * DAY_MS),
    ...money(world, { budgetedcost: amount(world.random, 100_000), expectedrevenue: amount(world.random, 1_000_000) }),
    ...stamps(world, atMs),
    ...ownership(world),
    ...state(world, { closedShare: 0.2, open: [0, 2], closed: [1, 6] }),
  }),
];

const product: Maker = (world, { id, atMs, index }) => [
  made('product', {
    productid: id,
    name: world.texts.given(`Product ${index + 1}`, 100),
    productnumber: `P-${String(index + 1).padStart(6, '0')}`,
    productstructure: 1,
    producttypecode: world.random.between(1, 4),
    description: world.texts.sentence(2000),
    quantitydecimal: 2,
    quantityonhand: (world.random.below(10_000_000) / 100_000).toFixed(5),
    stockweight: (world.random.below(1_000_000) / 100_000).toFixed(5),
    validfromdate: isoDay(atMs),
    ...money(world, { price: amount(world.random, 5000), standardcost: amount(world.random, 3000) }),
    ...stamps(world, atMs),
    ...state(world, { closedShare: 0.15, open: [0, 1], closed: [1, 2] }),
  }),
];

const contactLeads: Maker = (world, { id }) => {
  const contactid = world.pick('contact');
  const leadid = world.pick('lead');
  return contactid === null || leadid === null ? [] : [made('contactleads', { contactleadid: id, contactid, leadid })];
};

function address(world: World): Record<string, Cell> {
  const { random, texts } = world;
  if (random.chance(0.25)) return {};
  const words = texts.words();
  const line = texts.given(`${random.between(1, 999)} Main Street`, 250);
  const city = texts.given(random.pick(words.cities), 80);
  const postcode = String(random.between(1000, 99_999)).padStart(5, '0');
  return {
    address1_line1: line,
    address1_city: city,
    address1_postalcode: postcode,
    address1_country: words.country,
    address1_composite: `${line}\r\n${postcode} ${city}\r\n${words.country}`,
    ...(random.chance(0.3)
      ? {
          address1_latitude: Number((random.next() * 180 - 90).toFixed(5)),
          address1_longitude: Number((random.next() * 360 - 180).toFixed(5)),
        }
      : {}),
  };
}

function doNots(world: World): Record<string, Cell> {
  const { random } = world;
  return {
    donotemail: random.chance(0.08),
    donotphone: random.chance(0.1),
    donotpostalmail: random.chance(0.05),
    donotbulkemail: random.chance(0.2),
  };
}

function made(table: string, row: Made['row']): Made {
  return { table, row: compact(row) };
}

export const salesMakers: Readonly<Record<string, Maker>> = {
  account,
  contact,
  lead,
  opportunity,
  incident,
  campaign,
  product,
  contactleads: contactLeads,
};
