import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { Failure } from '../../lib/failure.ts';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';

/** Below what proxies and the portal itself cut for its silence. */
const heartbeatMs = 20_000;
/** How long a browser waits before it comes back. */
const comeBackMs = 3_000;

/**
 * Streams that tell an open page when to draw itself again: `hello` at the beginning, then `change`. They say nothing of what
 * has changed: the page asks for itself, by its own door.
 */
export const addLivePages = (desk: Console, portal: Portal): void => {
  desk.get('/live', { needs: 'requests:read' }, (c) => stream(c, portal));
  desk.get('/requests/:id/live', { needs: 'requests:read', of: 'request' }, (c) =>
    stream(c, portal, c.req.param('id')),
  );
};

/** @throws Failure `api.throttled` where too many are open */
const stream = (c: Context<StaffEnv>, portal: Portal, requestId?: string) => {
  const { sessionId } = c.var.staff;
  // Who does not ask for a stream is told how it begins.
  const goesOn = (c.req.header('accept') ?? '').includes('text/event-stream');
  const events: string[] = ['hello'];
  let wake = () => {};
  let isOver = !goesOn;
  const leave = goesOn
    ? portal.watch.join({
        sessionId,
        ...(requestId !== undefined && { requestId }),
        onChange() {
          // One that waits to be told says all.
          if (!events.includes('change')) events.push('change');
          wake();
        },
        onEnd() {
          isOver = true;
          wake();
        },
      })
    : () => undefined;
  if (leave === undefined) throw new Failure('api.throttled', { retry: { afterMs: 30_000 } });
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (out) => {
    out.onAbort(() => {
      isOver = true;
      leave();
      wake();
    });
    while (!out.aborted) {
      for (const event of events.splice(0))
        await out.writeSSE({ event, data: '', ...(event === 'hello' && { retry: comeBackMs }) });
      if (isOver) break;
      const beat = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), heartbeatMs);
        wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
        if (events.length > 0 || isOver) wake();
      });
      if (beat) await out.write(': \n\n');
    }
    leave();
  });
};
