/**
 * DTO classes, for code that checks frames and policies as objects. Behind a door of their own, because whoever passes
 * through it loads class-validator: a client or a server does not need that to start.
 */
export * from '../src/admin-verbs';
export * from '../src/dto/admin/admin-requests';
export * from '../src/dto/admin/connection-requests';
export * from '../src/dto/admin/group-requests';
export * from '../src/dto/admin/topic-requests';
export * from '../src/dto/control-frame-dtos';
export * from '../src/dto/frame-dtos';
export * from '../src/dto/publish-dto';
export * from '../src/dto/settlement-dtos';
export * from '../src/dto/topic-policy-dto';
