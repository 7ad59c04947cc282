import { expect, test } from 'vitest';
import { SignInBrake } from './sign-in-brake.ts';

const at = (user: string, address: string, nowMs = 0) => ({ user, address, nowMs });

test('the pause of a name grows from its fourth wrong password on, to five seconds', () => {
  const brake = new SignInBrake();
  const pauses = Array.from({ length: 12 }, (_, turn) => {
    const attempt = at('ann', `10.0.0.${turn}`);
    const pauseMs = brake.pauseMs(attempt);
    brake.wrong(attempt);
    return pauseMs;
  });
  expect(pauses).toEqual([0, 0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

test('an address that tries many names is slowed down, and its neighbours in an IPv6 network with it', () => {
  const brake = new SignInBrake();
  for (let turn = 0; turn < 25; turn += 1) brake.wrong(at(`user${turn}`, `2001:db8:1:2::${turn.toString(16)}`));
  expect(brake.pauseMs(at('ann', '2001:db8:1:2:ffff::1'))).toBe(1600);
  expect(brake.pauseMs(at('ann', '2001:db8:1:3::1'))).toBe(0);
  expect(brake.pauseMs(at('ann', '10.0.0.1'))).toBe(0);
});

test('an IPv4 address is the same however it is written', () => {
  const brake = new SignInBrake();
  for (let turn = 0; turn < 22; turn += 1) brake.wrong(at(`user${turn}`, '::ffff:10.0.0.1'));
  expect(brake.pauseMs(at('ann', '10.0.0.1'))).toBeGreaterThan(0);
});

test('what went wrong is forgotten by and by', () => {
  const brake = new SignInBrake();
  for (let turn = 0; turn < 8; turn += 1) brake.wrong(at('ann', '10.0.0.1'));
  expect(brake.pauseMs(at('ann', '10.0.0.1', 0))).toBe(1600);
  expect(brake.pauseMs(at('ann', '10.0.0.1', 60_000))).toBe(100);
  expect(brake.pauseMs(at('ann', '10.0.0.1', 120_000))).toBe(0);
});

test('a right password clears its name, not its address', () => {
  const brake = new SignInBrake();
  for (let turn = 0; turn < 24; turn += 1) brake.wrong(at('ann', '10.0.0.1'));
  brake.right('ann');
  expect(brake.pauseMs(at('ann', '10.0.0.2'))).toBe(0);
  expect(brake.pauseMs(at('ann', '10.0.0.1'))).toBe(800);
});

test('names that nobody has fill no memory: the oldest are forgotten', () => {
  const brake = new SignInBrake();
  for (let turn = 0; turn < 5; turn += 1) brake.wrong(at('first', `10.1.0.${turn}`));
  for (let turn = 0; turn < 10_000; turn += 1) brake.wrong(at(`user${turn}`, '10.0.0.1'));
  expect(brake.pauseMs(at('first', '10.9.9.9'))).toBe(0);
});
