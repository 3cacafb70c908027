/** (c) An order and its rules. */
import {
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsNumber,
  IsPositive,
  IsString,
  Length,
  Max,
  Min,
  MinLength,
} from 'class-validator'

export class OrderDto {
  @IsInt()
  @Min(1)
  id!: number

  @IsString()
  @Length(2, 50)
  name!: string

  @IsEmail()
  email!: string

  @IsInt()
  @Min(18)
  @Max(120)
  age!: number

  @IsInt()
  @Min(1)
  @Max(1_000)
  quantity!: number

  @IsNumber()
  @IsPositive()
  price!: number

  @IsIn(['USD', 'EUR', 'CNY'])
  currency!: string

  @IsString()
  @MinLength(5)
  address!: string

  @IsString()
  @Length(7, 20)
  phone!: string

  @IsBoolean()
  active!: boolean
}
