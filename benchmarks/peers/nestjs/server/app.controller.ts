/** The scenarios, but for the routes of the GitHub API. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseInterceptors } from '@nestjs/common'
import { catalogue } from './catalogue.js'
import { AsyncLayer } from './layers.js'
import { OrderDto } from './order.dto.js'

// `OrderDto` is imported as a value: the decorators read the class itself.
@Controller()
export class AppController {
  @Get('ping')
  ping() {
    return { message: 'pong' }
  }

  @Get('users/:id')
  user(@Param('id') id: string, @Query('page') page: string, @Query('q') q: string) {
    return { id, page, q }
  }

  @Post('orders')
  @HttpCode(200)
  createOrder(@Body() order: OrderDto) {
    return order
  }

  @Get('mw')
  behindMiddleware() {
    return { message: 'pong' }
  }

  @Get('amw')
  @UseInterceptors(AsyncLayer, AsyncLayer, AsyncLayer, AsyncLayer, AsyncLayer)
  behindInterceptors() {
    return { message: 'pong' }
  }

  @Get('big')
  big() {
    return catalogue
  }
}
