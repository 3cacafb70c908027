/** The module: two controllers, and five layers before one route. */
import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common'
import { AppController } from './app.controller.js'
import { GithubController } from './github.controller.js'
import { layer } from './layers.js'

@Module({ controllers: [AppController, GithubController] })
export class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(layer, layer, layer, layer, layer).forRoutes('mw')
  }
}
