"""An invented district: no person, number or document in it exists.

`names` invents people, `district` families with their years, `calibration` help that adds up to the
published figures, `aid` the other help, `load` writes it all. Everything follows from one seed.
"""
