/**
 * TrustedPeers: whose headers about a request are believed, beyond those that anybody may send.
 *
 *   connection ─▶ its address in one of the networks, or its verified certificate names one of the identities ─▶ trusted
 *
 * It is about who sent the request to us, not about where it came from in the beginning: a gateway, another service. Whoever
 * is trusted can give any request any priority and tenant.
 */
import type { PeerCertificate, SocketPeer } from '../../platform/socket.ts'
import { AddressBlocks } from '../../wire/address-blocks.ts'

export interface TrustedPeerOptions {
  /** Addresses, CIDR blocks, `loopback`, `private`. Default none. */
  readonly networks?: readonly string[]
  /**
   * Names in verified client certificates: subject alternative names with their kind, such as `URI:spiffe://shop/orders` or
   * `DNS:orders.shop.svc`, or whole subjects, such as `CN=orders,O=shop`. Default none.
   */
  readonly identities?: readonly string[]
}

export class TrustedPeers {
  #networks: AddressBlocks | undefined
  readonly #identities: ReadonlySet<string>
  /** A connection is asked about with each of its requests. */
  readonly #known = new WeakMap<SocketPeer, boolean>()

  /** @throws ServiceError `BAD_ADDRESS_BLOCK` */
  constructor({ networks = [], identities = [] }: TrustedPeerOptions = {}) {
    if (networks.length > 0) this.#networks = new AddressBlocks(networks)
    this.#identities = new Set(identities)
  }

  /** Before the first request only: who was asked about is known. */
  trustNetworks(networks: readonly string[]): void {
    this.#networks = new AddressBlocks(networks)
  }

  trusts(peer: SocketPeer): boolean {
    if (this.#networks === undefined && this.#identities.size === 0) return false
    let isTrusted = this.#known.get(peer)
    if (isTrusted === undefined) {
      isTrusted = this.#networks?.includes(peer.address) === true || this.#isNamed(peer)
      this.#known.set(peer, isTrusted)
    }
    return isTrusted
  }

  #isNamed({ tls }: SocketPeer): boolean {
    return tls?.authorized === true && tls.certificate !== undefined && this.#names(tls.certificate)
  }

  #names({ subject, alternativeNames }: PeerCertificate): boolean {
    return this.#identities.has(subject) || alternativeNames.some((name) => this.#identities.has(name))
  }
}
