/** What the shop sells on its first day. Prices are in cents. */
import type { Product } from './api.ts'

type Row = readonly [sku: string, name: string, cents: number, stock: number, description: string]

const shelves: Readonly<Record<Product['category'], readonly Row[]>> = {
  gin: [
    ['gin-london-70', 'London Dry Gin, 70 cl', 2490, 120, 'Juniper first, then lemon peel and coriander; 43 %.'],
    ['gin-old-tom-70', 'Old Tom Gin, 70 cl', 2790, 48, 'Rounder and slightly sweet, made for a Tom Collins; 41 %.'],
    ['gin-navy-50', 'Navy Strength Gin, 50 cl', 3290, 36, 'Bold and dry at 57 %; a little goes a long way.'],
    ['gin-sloe-50', 'Sloe Gin, 50 cl', 2290, 60, 'Hand-picked sloes steeped for three months; 28 %.'],
    [
      'gin-barrel-50',
      'Barrel-Rested Gin, 50 cl',
      3890,
      24,
      'Half a year in former Bourbon casks; vanilla and oak; 45 %.',
    ],
    ['gin-citrus-70', 'Citrus Gin, 70 cl', 2650, 80, 'Grapefruit, bergamot and lime; 40 %.'],
    ['gin-none-50', 'Botanical Spirit without Alcohol, 50 cl', 1890, 90, 'Juniper, rosemary and pepper; 0 %.'],
  ],
  genever: [
    ['gen-jonge-100', 'Jonge Genever, 1 l', 1690, 150, 'Light and clean, the everyday one of the Low Countries; 35 %.'],
    ['gen-oude-70', 'Oude Genever, 70 cl', 2190, 75, 'Malt wine and juniper, mellow; 38 %.'],
    ['gen-koren-50', 'Korenwijn, 50 cl', 3490, 30, 'More than half malt wine, three years in oak; 38 %.'],
    ['gen-rye-50', 'Rye Genever, 50 cl', 3150, 22, 'Peppery rye malt, distilled in copper; 42 %.'],
    ['gen-single-50', 'Single Barrel Genever, 50 cl', 5990, 8, 'One cask, ten years, numbered by hand; 44 %.'],
    ['gen-lemon-70', 'Lemon Genever, 70 cl', 1490, 64, 'Jonge genever with lemon peel; 20 %.'],
  ],
  mixers: [
    ['mix-tonic-4', 'Indian Tonic Water, 4 × 20 cl', 495, 400, 'Natural quinine, little sugar.'],
    ['mix-tonic-dry-4', 'Dry Tonic Water, 4 × 20 cl', 495, 300, 'A third less sugar, more bite.'],
    ['mix-ginger-4', 'Ginger Beer, 4 × 20 cl', 545, 240, 'Brewed with fresh ginger, hot.'],
    ['mix-soda-4', 'Soda Water, 4 × 20 cl', 395, 360, 'Lively and neutral.'],
    ['mix-lemonade-4', 'Bitter Lemon, 4 × 20 cl', 495, 180, 'Lemon juice and quinine.'],
    ['mix-cola-4', 'Botanical Cola, 4 × 20 cl', 545, 140, 'Kola nut, cinnamon and vanilla.'],
    ['mix-vermouth-75', 'Red Vermouth, 75 cl', 1390, 70, 'Wormwood, orange and clove; 16 %.'],
    ['mix-bitters-10', 'Aromatic Bitters, 10 cl', 1190, 85, 'Gentian and spices, by the dash; 44 %.'],
  ],
  glassware: [
    ['glass-tulip-6', 'Genever Tulips, set of 6', 2995, 40, 'The traditional one, filled to the brim; 4 cl.'],
    ['glass-balloon-2', 'Balloon Glasses, set of 2', 1995, 55, 'Room for ice and peel; 62 cl.'],
    ['glass-highball-4', 'Highball Glasses, set of 4', 2250, 60, 'Straight, heavy base; 35 cl.'],
    ['glass-coupe-2', 'Coupes, set of 2', 2450, 35, 'For what is shaken and served up; 18 cl.'],
    ['glass-mixing', 'Mixing Glass', 2790, 28, 'Cut crystal with a lip; 55 cl.'],
    ['glass-carafe', 'Water Carafe', 1850, 44, 'With an oak stopper; 1 l.'],
  ],
  tools: [
    ['tool-shaker', 'Boston Shaker', 2690, 50, 'Two weighted steel tins that open with a tap.'],
    ['tool-jigger', 'Jigger, 2 / 4 cl', 990, 120, 'Measures on the inside, steady on its foot.'],
    ['tool-spoon', 'Bar Spoon', 890, 110, 'Twisted stem, 30 cm.'],
    ['tool-strainer', 'Hawthorne Strainer', 1190, 70, 'A tight spring that holds back the ice.'],
    ['tool-muddler', 'Muddler', 1090, 42, 'Beech without varnish.'],
    ['tool-peeler', 'Citrus Peeler', 750, 95, 'Takes the peel and leaves the pith.'],
    ['tool-ice-tray', 'Ice Tray, 6 Large Cubes', 1290, 80, 'Clear cubes of 5 cm that melt slowly.'],
  ],
  pantry: [
    ['food-olives', 'Green Olives, 320 g', 450, 160, 'In brine, for Martinis and for waiting.'],
    ['food-cherries', 'Cocktail Cherries, 400 g', 1350, 65, 'In their own dark syrup.'],
    ['food-syrup', 'Sugar Syrup, 50 cl', 690, 130, 'Two parts sugar, one part water.'],
    ['food-juniper', 'Juniper Berries, 60 g', 390, 200, 'Dried; for the kitchen and for the curious.'],
    ['food-nuts', 'Smoked Almonds, 200 g', 595, 140, 'Roasted over beech wood.'],
    ['food-cheese', 'Aged Gouda, 400 g', 990, 45, 'Two years old; it asks for a korenwijn.'],
  ],
}

export const catalogue: readonly Product[] = Object.entries(shelves).flatMap(([category, rows]) =>
  rows.map(([sku, name, cents, stock, description]) => ({
    sku,
    name,
    category: category as Product['category'],
    description,
    price: { amount: cents, currency: 'EUR' as const },
    stock,
  })),
)
