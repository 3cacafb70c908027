package benchmark;

import java.util.List;
import java.util.stream.IntStream;

record Catalogue(List<Item> items) {
  record Item(int id, String name, double price, List<String> tags, boolean active, String note) {}

  static Catalogue ofHundredItems() {
    return new Catalogue(IntStream.range(0, 100).mapToObj(Catalogue::item).toList());
  }

  private static Item item(int id) {
    return new Item(
        id, "item number " + id, id * 3 + 0.5, List.of("alpha", "beta"), id % 2 == 1, "some text here");
  }
}
