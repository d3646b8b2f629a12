/// A JSON value in memory (RFC 8259): what the small inputs are read into and every answer is printed from.
///
/// Objects keep the order of their members. Large arrays of numbers are read with ``JSONReader`` instead.
public enum JSONValue: Sendable, Equatable {
  /// `null`
  case null
  /// `true` or `false`
  case bool(Bool)
  /// A number without fraction or exponent that fits 64 bits.
  case integer(Int)
  /// Any other number; finite.
  case number(Double)
  /// Text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Members in their order; a name stands at most once.
  case object([Member])

  /// One member of an object.
  public struct Member: Sendable, Equatable {
    /// The name.
    public let name: String
    /// What it stands for.
    public let value: JSONValue

    /// A member called `name`.
    public init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// The member called `name`; nil when there is none or this is no object.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// A finite number as such; `null` for one that is NaN or infinite, which JSON cannot hold.
  public static func finite(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }

  /// Numbers; those that are NaN or infinite become `null`.
  public static func numbers(_ values: some Sequence<Double>) -> JSONValue { .array(values.map(finite)) }

  /// Integers.
  public static func integers(_ values: some Sequence<Int>) -> JSONValue { .array(values.map { .integer($0) }) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .finite(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object with its members in the order written.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
  /// `null`
  public init(nilLiteral: ()) { self = .null }
}
