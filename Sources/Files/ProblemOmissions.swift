internal import MDPs

extension Problem {
  /// What a file of the given format leaves out of this problem without harm to its numbers, in words: nothing for a
  /// faithful copy. For warnings before a conversion.
  public func omissions(in format: FileFormat) -> [String] {
    var left: [String] = []
    if bounds != nil, format != .json, format != .npz { left.append("the intervals around the probabilities") }
    switch format {
    case .json, .table, .toolbox:
      if exact != nil { left.append("exact fractions (doubles are written)") }
    case .npz: break
    case .drn, .umb, .prism:
      if statesDiscount { left.append("the discount \(mdp.discount)") }
      if mdp.stateNames != nil { left.append("the names of the states") }
      if mdp.actionNames != nil, format == .umb { left.append("the names of the actions") }
    }
    return left
  }
}
