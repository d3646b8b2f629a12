public import LinearAlgebra

/// Proof that one reward is another one changed by a ``RewardTransformation``, checkable by additions and products alone:
///
/// ```
/// R₂(s, a, t) = k R₁(s, a, t) + c(s) + γ Ψ(t) − Ψ(s) + Z(s, a, t)
/// ```
///
/// The constants c(s) stand for potentials that are constant on parts of the model which no transition connects: a
/// constant potential Φ = c / (γ − 1) adds c to every reward there. Kept apart, they lose no digits however near the
/// discount is to 1.
public struct InvarianceCertificate: Sendable, Equatable {
  /// Which freedoms were used.
  public let transformation: RewardTransformation
  /// k > 0
  public let scale: Double
  /// Ψ, shape (S).
  public let shapingPotential: [Double]
  /// c, shape (S): what a constant part of the potential adds to each reward out of the state.
  public let constants: [Double]
  /// Z on the possible transitions, shape (S·A, S); nil when the kind does not redistribute.
  public let redistribution: SparseRows?
  /// The terminal states whose potential is 0, shape (S); nil unless the kind is terminal shaping.
  public let terminals: [Bool]?
  /// γ
  public let discount: Double

  /// A certificate over its parts; nothing is checked before ``CertificateChecker`` looks at it.
  public init(
    transformation: RewardTransformation, scale: Double, shapingPotential: [Double], constants: [Double],
    redistribution: SparseRows? = nil, terminals: [Bool]? = nil, discount: Double
  ) {
    self.transformation = transformation
    self.scale = scale
    self.shapingPotential = shapingPotential
    self.constants = constants
    self.redistribution = redistribution
    self.terminals = terminals
    self.discount = discount
  }

  /// Φ = Ψ + c / (γ − 1), shape (S); Ψ alone at discount 1.
  public var potential: [Double] {
    zip(shapingPotential, constants).map { psi, c in c == 0 || discount == 1 ? psi : psi + c / (discount - 1) }
  }
}
