/** Every server that Genever is measured against. */
import type { Target } from '../harness/target.ts'
import { targets as bunServe } from './bun-serve/peer.ts'
import { targets as elysia } from './elysia/peer.ts'
import { targets as express } from './express/peer.ts'
import { targets as fastify } from './fastify/peer.ts'
import { targets as fiber } from './fiber/peer.ts'
import { targets as flask } from './flask/peer.ts'
import { targets as gin } from './gin/peer.ts'
import { targets as hono } from './hono/peer.ts'
import { targets as nestjs } from './nestjs/peer.ts'
import { targets as netHttp } from './net-http/peer.ts'
import { targets as nodeHttp } from './node-http/peer.ts'
import { targets as springBoot } from './spring-boot/peer.ts'

export const peers: readonly Target[] = [
  ...gin,
  ...netHttp,
  ...fiber,
  ...nodeHttp,
  ...fastify,
  ...express,
  ...nestjs,
  ...hono,
  ...bunServe,
  ...elysia,
  ...springBoot,
  ...flask,
]
