package benchmark;

import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.Size;

record Order(
    @NotNull @Min(1) Integer id,
    @NotNull @Size(min = 2, max = 50) String name,
    @NotNull @Email String email,
    @NotNull @Min(18) @Max(120) Integer age,
    @NotNull @Min(1) @Max(1000) Integer quantity,
    @NotNull @Positive Double price,
    @NotNull Currency currency,
    @NotNull @Size(min = 5) String address,
    @NotNull @Size(min = 7, max = 20) String phone,
    @NotNull Boolean active) {

  enum Currency {
    USD,
    EUR,
    CNY
  }
}
