package benchmark;

import jakarta.servlet.Filter;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Five servlet filters around /mw: an onion. */
@Configuration
class Layers {
  private final AtomicInteger depth = new AtomicInteger();

  @Bean
  FilterRegistrationBean<Filter> layer1() {
    return layer(1);
  }

  @Bean
  FilterRegistrationBean<Filter> layer2() {
    return layer(2);
  }

  @Bean
  FilterRegistrationBean<Filter> layer3() {
    return layer(3);
  }

  @Bean
  FilterRegistrationBean<Filter> layer4() {
    return layer(4);
  }

  @Bean
  FilterRegistrationBean<Filter> layer5() {
    return layer(5);
  }

  private FilterRegistrationBean<Filter> layer(int order) {
    Filter filter =
        (request, response, chain) -> {
          depth.incrementAndGet();
          try {
            chain.doFilter(request, response);
          } finally {
            depth.decrementAndGet();
          }
        };
    var registration = new FilterRegistrationBean<>(filter);
    registration.setName("layer" + order);
    registration.setOrder(order);
    registration.addUrlPatterns("/mw");
    return registration;
  }
}
