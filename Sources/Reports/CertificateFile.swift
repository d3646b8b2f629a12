public import JSON
internal import LinearAlgebra
public import RewardInvariance

/// A certificate of invariance as a JSON file: what `check --certificate` writes and `check --verify` reads.
///
/// ```
/// { "format": "rewardgauge-certificate/1", "relation": NAME, "first": NAME, "second": NAME, "states": S, "actions": A,
///   "discount": γ, "scale": k, "potential": [S], "shapingPotential": [S], "constants": [S],
///   "redistribution": {"entries": [[s, a, t, z], …]} or null, "terminals": [state, …] or null }
/// ```
///
/// The claim is R₂ = k R₁ + c(s) + γ Ψ(t) − Ψ(s) + Z; `potential` is Φ = Ψ + c / (γ − 1), for readers.
public struct CertificateFile: Sendable, Equatable {
  /// The name in "format".
  public static let format = "rewardgauge-certificate/1"

  /// The certificate.
  public let certificate: InvarianceCertificate
  /// The name of R₁.
  public let first: String
  /// The name of R₂.
  public let second: String
  /// A
  public let actionCount: Int

  /// A file for `certificate`, which relates the rewards of the given names.
  public init(_ certificate: InvarianceCertificate, first: String, second: String, actionCount: Int) {
    self.certificate = certificate
    self.first = first
    self.second = second
    self.actionCount = actionCount
  }

  /// The file's content.
  public var json: JSONValue {
    var redistribution = JSONValue.null
    if let z = certificate.redistribution {
      let entries = (0..<z.rowCount).flatMap { row in
        z.positions(ofRow: row).map { k -> JSONValue in
          .array([
            .integer(row / actionCount), .integer(row % actionCount), .integer(Int(z.columns[k])), .finite(z.values[k]),
          ])
        }
      }
      redistribution = ["entries": .array(entries)]
    }
    return [
      "format": .string(Self.format), "relation": .string(certificate.transformation.name), "first": .string(first),
      "second": .string(second), "states": .integer(certificate.shapingPotential.count),
      "actions": .integer(actionCount),
      "discount": .finite(certificate.discount), "scale": .finite(certificate.scale),
      "potential": .numbers(certificate.potential), "shapingPotential": .numbers(certificate.shapingPotential),
      "constants": .numbers(certificate.constants), "redistribution": redistribution,
      "terminals": certificate.terminals.map { flags in .integers(flags.indices.filter { flags[$0] }) } ?? .null,
    ]
  }

  /// Reads the content of a file.
  ///
  /// - Throws: ``JSONError`` naming the member that is missing or wrong.
  public init(_ file: JSONCursor) throws(JSONError) {
    guard try file["format"].string() == Self.format else { throw try file["format"].wrong("\"\(Self.format)\"") }
    guard let kind = RewardTransformation(name: try file["relation"].string()) else {
      throw try file["relation"].wrong("the name of a kind of transformation, such as scale+shaping")
    }
    let (S, A) = (try file["states"].integer(in: 1...), try file["actions"].integer(in: 1...))
    var redistribution: SparseRows?
    if let z = try file.optional("redistribution"), z.value != .null {
      var triplets: [SparseRows.Triplet] = []
      for entry in try z["entries"].elements() {
        let parts = try entry.elements()
        guard parts.count == 4 else { throw entry.wrong("[state, action, next state, number]") }
        let (s, a) = (try parts[0].integer(in: 0..<S), try parts[1].integer(in: 0..<A))
        triplets.append(
          .init(row: s * A + a, column: try parts[2].integer(in: 0..<S), value: try parts[3].double()))
      }
      do {
        redistribution = try SparseRows(rowCount: S * A, columnCount: S, triplets: triplets)
      } catch {
        throw try z["entries"].wrong("entries with different places")
      }
    }
    var terminals: [Bool]?
    if let list = try file.optional("terminals"), list.value != .null {
      var flags = [Bool](repeating: false, count: S)
      for state in try list.elements() { flags[try state.integer(in: 0..<S)] = true }
      terminals = flags
    }
    first = try file["first"].string()
    second = try file["second"].string()
    actionCount = A
    certificate = InvarianceCertificate(
      transformation: kind, scale: try file["scale"].double(),
      shapingPotential: try file["shapingPotential"].doubles(count: S),
      constants: try file["constants"].doubles(count: S),
      redistribution: redistribution, terminals: terminals, discount: try file["discount"].double())
  }
}
