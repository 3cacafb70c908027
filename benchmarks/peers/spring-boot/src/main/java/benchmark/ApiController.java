package benchmark;

import jakarta.validation.Valid;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class ApiController {
  record Message(String message) {}

  record User(String id, String page, String q) {}

  private final Catalogue catalogue = Catalogue.ofHundredItems();

  @GetMapping("/ping")
  Message ping() {
    return new Message("pong");
  }

  @GetMapping("/users/{id}")
  User user(@PathVariable String id, @RequestParam String page, @RequestParam String q) {
    return new User(id, page, q);
  }

  @PostMapping("/orders")
  Order createOrder(@Valid @RequestBody Order order) {
    return order;
  }

  @GetMapping("/mw")
  Message behindFilters() {
    return new Message("pong");
  }

  @GetMapping("/big")
  Catalogue big() {
    return catalogue;
  }
}
