"""What every API endpoint shares.

`rights` who may, `lists` pages and order, `bodies` what is read, `records` what is written, `errors` what is
answered, `tokens` how a program signs in. This file imports nothing: REST framework loads what the settings
name while it is itself half loaded.
"""
