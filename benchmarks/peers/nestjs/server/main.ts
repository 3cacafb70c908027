/** NestJS as its guide has it: a module, controllers, a DTO with class-validator, and one of its two adapters. */
import 'reflect-metadata'
import { ValidationPipe } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { AppModule } from './app.module.js'

const logger = ['error', 'warn'] as const
const app =
  process.env.NEST_ADAPTER === 'fastify'
    ? await NestFactory.create(AppModule, new FastifyAdapter(), { logger: [...logger] })
    : await NestFactory.create(AppModule, { logger: [...logger] })
app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }))
app.enableShutdownHooks()
await app.listen(Number(process.env.PORT), '127.0.0.1')
