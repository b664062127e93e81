"""The model of political democracy (Bollen 1989) with free and with equal loadings, as lavaan compares them."""

ERRORS = "y1 ~~ y5\ny2 ~~ y4 + y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"
FREE = (
    f"ind =~ x1 + x2 + x3\nd60 =~ y1 + y2 + y3 + y4\nd65 =~ y5 + y6 + y7 + y8\nd60 ~ ind\nd65 ~ p*ind + d60\n{ERRORS}"
)
EQUAL = FREE.replace("+ y2 + y3 + y4", "+ a*y2 + b*y3 + c*y4").replace("+ y6 + y7 + y8", "+ a*y6 + b*y7 + c*y8")
