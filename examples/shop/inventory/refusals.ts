/** What inventory says when it does not have what is wanted; whoever sells from its shelf says the same. */
import { ServiceError } from 'genever'
import type { Product } from './api.ts'

export function unknownProduct(sku: string, status: number): ServiceError {
  return new ServiceError('UNKNOWN_PRODUCT', `There is no product '${sku}'.`, { status, details: { sku } })
}

export function outOfStock({ sku, name, stock }: Product, wanted: number): ServiceError {
  return new ServiceError('OUT_OF_STOCK', `There are ${stock} of '${name}' left; ${wanted} were asked for.`, {
    status: 409,
    details: { sku, left: stock },
  })
}
