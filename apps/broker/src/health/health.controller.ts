import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Readiness } from './readiness';

/** For whoever keeps the broker running: a supervisor, an orchestrator. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process answers. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Peers can connect; 503 while the broker starts or stops. */
  @Get('ready')
  ready(): { status: 'ready' } {
    if (!this.readiness.isReady) throw new ServiceUnavailableException({ status: 'not ready' });
    return { status: 'ready' };
  }
}
