import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';

/** A sample responder: `{"action":"request","topic":"time.now","message":null}`. */
@Controller()
export class Clock {
  @MessagePattern('time.now')
  now(): { iso: string; timestamp: number } {
    const now = new Date();
    return { iso: now.toISOString(), timestamp: now.getTime() / 1000 };
  }
}
