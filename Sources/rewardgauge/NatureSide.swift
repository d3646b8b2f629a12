import ArgumentParser

/// Whose side nature takes when it picks the probabilities of a robust problem.
enum NatureSide: String, ExpressibleByArgument, CaseIterable {
  /// It makes values as bad as it can.
  case against
  /// It makes values as good as it can.
  case with
}
